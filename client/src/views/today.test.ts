import { beforeEach, expect, test } from "vitest";
import zh from "@/locales/zh-CN.json";
import { assignmentCard, inspection, inspectionCard, item, state, SUPERVISOR, syncStatus } from "@/testing/samples";
import { find, openAt, saying, settle, tap, text } from "@/testing/screen";
import { installShell, type Shell } from "@/testing/shell";

const returned = { reason: "请补拍全景", by: SUPERVISOR, at: 0 };
let shell: Shell;
beforeEach(() => {
  shell = installShell();
  shell.on("today", {
    day: "2026-11-23",
    returned: [inspectionCard({ state: "returned", returned: 1 })],
    cases: [],
    assignments: [
      assignmentCard({ due: "2026-11-21", overdue: true }),
      assignmentCard({ id: "a2", due: "2026-11-29" }),
    ],
    open: [],
    done: [],
  });
  shell.on("inspection", inspection([item({ returned })], { state: "returned" }));
});

test("what was returned comes first, with its reasons and its place", async () => {
  await openAt("/");
  const cards = [...document.querySelectorAll(".card")].map((card) => card.textContent);
  expect(cards[0]).toContain("SAN-05 请补拍全景");
  expect(cards[0]).toContain("五华区·华山街道");
  expect(cards[1]).toContain("已逾期 2 天");
  expect(find(".next")?.textContent).toContain("去补正");
});

test("the work goes on with what stands, not with what was superseded", async () => {
  const old = assignmentCard({ id: "a0", due: "2026-11-20", superseded: "点位有误", inspection: inspectionCard() });
  const site = { id: "s", name: "王旗营市场", kind: "market", kind_name: { zh: "", en: "" }, area: "", point: null };
  const today = { day: "2026-11-23", returned: [], cases: [], open: [], done: [] };
  shell.on("today", { ...today, assignments: [assignmentCard({ id: "a2", site }), old] });
  await openAt("/");
  expect(find(".next")?.textContent).toContain("开始：王旗营市场");
});

test("only reasons that no submission has answered are shown", async () => {
  const said = (item: string | null, reason: string, open: boolean) =>
    ({ kind: "return", item, reason, by: SUPERVISOR, at: 0, open }) as const;
  const review = [said(null, "绿化未拍全景", false), said("SAN-05", "请补拍全景", true)];
  const today = { day: "2026-11-23", cases: [], assignments: [], open: [], done: [] };
  const reasons = () => [...document.querySelectorAll(".reason")].map((reason) => reason.textContent);
  // The first was answered; then an item alone came back.
  shell.on("inspection", inspection([item({ returned })], { state: "returned", review }));
  shell.on("today", { ...today, returned: [inspectionCard({ state: "returned", returned: 1 })] });
  await openAt("/");
  expect(reasons()).toEqual(["SAN-05 请补拍全景"]);
  shell.on(
    "inspection",
    inspection([item({ returned })], { state: "returned", review: [...review, said(null, "请补拍楼道", true)] }),
  );
  await openAt("/");
  expect(reasons()).toEqual(["请补拍楼道", "SAN-05 请补拍全景"]);
});

test("an assignment opens its one inspection, however often it is tapped", async () => {
  shell.on("open_assignment", "i1");
  const { router } = await openAt("/");
  const card = find("button.assignment")!;
  card.click();
  await tap(card);
  expect(shell.called("open_assignment")).toEqual([{ assignment: "a1" }]);
  expect(router.currentRoute.value.path).toBe("/inspections/i1");
});

test("what came before the screen could hear of it is shown", async () => {
  const full = {
    day: "2026-11-23",
    returned: [],
    cases: [],
    assignments: [assignmentCard({ id: "a3" })],
    open: [],
    done: [],
  };
  // The first page of a fresh sign-in is merged after the list was read and before anybody listens.
  shell.on("today", () => {
    shell.on("today", full);
    return { ...full, assignments: [] };
  });
  await openAt("/");
  expect(find(".assignment")).not.toBeNull();
});

test("an empty day says what to do", async () => {
  shell.on("today", { day: "2026-11-23", returned: [], cases: [], assignments: [], open: [], done: [] });
  const { router } = await openAt("/");
  expect(text()).toContain(zh.today.nothing);
  await tap(saying(zh.today.unplanned));
  expect(router.currentRoute.value.name).toBe("areas");
});

test("what comes in from others is shown at once, and the chip follows the sync", async () => {
  await openAt("/");
  shell.on("today", { day: "2026-11-23", returned: [], cases: [], assignments: [], open: [], done: [] });
  shell.emit("changed", { inspection: null });
  await settle();
  shell.emit("sync", syncStatus({ phase: "running", changes_pending: 4 }));
  await settle();
  expect(text()).toContain(zh.today.nothing);
  expect(find(".chip")?.textContent).toContain(zh.delivery.sending);
});

test("a clock that is wrong is said to be so on the first screen, until it is right", async () => {
  shell.on("state", state({ clock_skew_ms: -8 * 3_600_000 }));
  await openAt("/");
  expect(find("[data-clock]")?.textContent).toContain("本机时钟慢 8 小时");
  shell.on("state", state({ clock_skew_ms: 1_000 }));
  shell.emit("sync", syncStatus({ last_success: 1 }));
  await settle();
  expect(find("[data-clock]")).toBeNull();
});

test("whoever asks for it has the nearest assignment first, and is told when the phone cannot say", async () => {
  const site = (name: string, lat: number) => ({
    id: name,
    name,
    kind: "market",
    kind_name: { zh: "集贸市场", en: "Market" },
    area: "530102001001",
    point: { lat, lon: 102.7, accuracy_m: 0 },
  });
  shell.on("today", {
    ...{ day: "2026-11-23", returned: [], cases: [], open: [], done: [] },
    assignments: [
      assignmentCard({ id: "a", site: site("篆新农贸市场", 25.1) }),
      assignmentCard({ id: "b", site: site("王旗营市场", 25.001) }),
    ],
  });
  await openAt("/");
  const names = () => [...document.querySelectorAll(".assignment strong")].map((name) => name.textContent);
  await tap("[data-near]");
  expect(text()).toContain(zh.near.unavailable);
  expect(names()).toEqual(["篆新农贸市场", "王旗营市场"]);
  shell.on("plugin:geolocation|check_permissions", { location: "granted" });
  shell.on("plugin:geolocation|get_current_position", { coords: { latitude: 25, longitude: 102.7, accuracy: 8 } });
  await tap("[data-near]");
  expect(names()).toEqual(["王旗营市场", "篆新农贸市场"]);
  expect(find("[data-metres]")?.textContent).toContain("约 110 米");
  expect(find(".next")?.textContent).toContain("王旗营市场");
});
