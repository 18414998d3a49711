import { beforeEach, expect, test } from "vitest";
import type { Passage, Point, PresenceView } from "@/lib/bindings";
import zh from "@/locales/zh-CN.json";
import {
  agreed,
  conflict,
  finding,
  inspection,
  inspectionCard,
  item,
  ME,
  photo,
  state,
  SUPERVISOR,
  syncStatus,
} from "@/testing/samples";
import { find, openAt, saying, settle, tap, text, type } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

const items = [
  item({ code: "SAN-01", answer: agreed("fail"), findings: [finding()] }),
  item({ code: "SAN-03", answer: conflict("pass", "fail") }),
  item({ code: "SAN-05" }),
  item({ code: "FAC-07", answer: agreed("pass") }),
];
let shell: Shell;
beforeEach(() => {
  shell = installShell();
  shell.on("inspection", inspection(items));
});

test("the overview shows how far every section is, and goes on where work is open", async () => {
  const { router } = await openAt("/inspections/i1");
  expect(text()).toContain("2/3");
  expect(text()).toContain(zh.score.provisional);
  await tap(saying(zh.inspection.go_on));
  expect(router.currentRoute.value.params.code).toBe("SAN-05");
});

test("arrival is recorded with the place, then departure, and without a place when there is none", async () => {
  const presences: PresenceView[] = [];
  shell.on("inspection", () => inspection(items, { presences }));
  shell.on("pass", ({ passage, point }: { passage: Passage; point: Point | null }) => {
    presences.push({ passage, point, by: ME, at: 0 });
    return inspection(items, { presences });
  });
  const coords = { latitude: 25.05, longitude: 102.7, accuracy: 8 };
  let fix: GeolocationPosition | null = { coords } as GeolocationPosition;
  const geolocation = {
    getCurrentPosition: (got: (fix: GeolocationPosition) => void, missed: (error: { code: number }) => void) =>
      fix ? got(fix) : missed({ code: 1 }),
  };
  Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
  await openAt("/inspections/i1");
  await tap("[data-pass]");
  expect(text()).toContain(zh.presence.record_departure);
  fix = null;
  await tap("[data-pass]");
  expect(text()).toContain(zh.presence.no_point);
  expect(shell.called("pass")).toEqual([
    { inspection: "i1", passage: "arrival", point: { lat: 25.05, lon: 102.7, accuracy_m: 8 } },
    { inspection: "i1", passage: "departure", point: null },
  ]);
});

test("an arrival belongs to the visit in which it was pressed, however late the place is found", async () => {
  const named = (id: string, short: string) => inspection(items, { id, area: { ...inspection([]).area, short } });
  const visits = new Map([
    ["i1", named("i1", "翠湖西路社区")],
    ["i2", named("i2", "北门街社区")],
  ]);
  let opens = () => {};
  shell.on("inspection", async ({ id }: { id: string }) => {
    if (id === "i2") await new Promise<void>((resolve) => (opens = resolve));
    return visits.get(id);
  });
  shell.on("pass", ({ inspection }: { inspection: string }) => visits.get(inspection));
  let found: PositionCallback = () => {};
  const geolocation = { getCurrentPosition: (got: PositionCallback) => (found = got) };
  Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
  const { router } = await openAt("/inspections/i1");
  await tap("[data-pass]");
  await router.push("/inspections/i2");
  await settle();
  found({ coords: { latitude: 25.05, longitude: 102.7, accuracy: 8 } } as GeolocationPosition);
  await settle();
  expect(shell.called("pass")).toMatchObject([{ inspection: "i1", passage: "arrival", point: { lat: 25.05 } }]);
  opens();
  await settle();
  expect(text()).toContain("北门街社区");
  expect(text()).not.toContain("翠湖西路社区");
});

test("an inspection that cannot be opened says so", async () => {
  shell.on("inspection", () => {
    throw { code: "template_missing", params: {} };
  });
  await openAt("/inspections/i1");
  expect(text()).toContain(zh.errors.template_missing);
});

test("all differences stand on one list", async () => {
  await openAt("/inspections/i1/differences");
  expect(document.querySelectorAll(".conflict")).toHaveLength(1);
  expect(text()).toContain("SAN-03");
  await tap("[data-keep]");
  expect(text()).toContain("您的结果保持不变，等待督导员核定");
  expect(shell.called("answer"), "keeping writes nothing").toEqual([]);
});

test("submitting tells what is missing and prevents nothing", async () => {
  const submitted = inspection(items, { submissions: [{ by: ME, at: 0 }], state: "submitted" });
  shell.on("submit", submitted);
  const { router } = await openAt("/inspections/i1/submit");
  expect(text()).toContain(zh.submit.open_unanswered);
  expect(text()).toContain(zh.submit.open_evidence.replace("{n}", "2"));
  await tap("[data-submit]");
  expect(shell.called("submit")).toEqual([]);
  await tap(saying(zh.submit.anyway));
  await settle();
  expect(shell.called("submit")).toEqual([{ inspection: "i1" }]);
  expect(router.currentRoute.value.name).toBe("inspection");
});

test("what is missing is named finding by finding, and each row leads to its item", async () => {
  const photos = [photo({ id: "p1" }), photo({ id: "p2" })];
  const fixed = finding({ id: "f2", place: "4栋", photos, fixed_on_spot: true });
  shell.on(
    "inspection",
    inspection([
      item({ code: "SAN-01", answer: agreed("fail"), findings: [finding({ photos }), fixed] }),
      item({ code: "FAC-03", evidence: [{ kind: "document", least: 1 }], answer: agreed("pass") }),
    ]),
  );
  const { router } = await openAt("/inspections/i1/submit");
  expect(text()).not.toContain(zh.submit.complete);
  const rows = [...document.querySelectorAll<HTMLElement>("[data-open=evidence] .van-cell")];
  expect(rows.map((row) => row.textContent)).toEqual([
    expect.stringMatching(/SAN-01 暴露垃圾 · 4栋.*还缺整改后照片 1$/),
    expect.stringMatching(/FAC-03 .*还缺材料照片或文号 1$/),
  ]);
  await tap(rows[1]!);
  expect(router.currentRoute.value.params.code).toBe("FAC-03");
});

test("a problem without an answer, or against a good one, is named with what was recorded", async () => {
  const found = { findings: [finding({ photos: [photo({ id: "p1" }), photo({ id: "p2" })] })] };
  const asked = [item({ code: "SAN-01", ...found }), item({ code: "SAN-02", ...found, answer: agreed("pass") })];
  shell.on("inspection", inspection(asked));
  const { router } = await openAt("/inspections/i1/submit");
  const rows = [...document.querySelectorAll<HTMLElement>("[data-open=problems] .van-cell")];
  expect(rows.map((row) => row.textContent)).toEqual([
    expect.stringMatching(/SAN-01 .*已记录问题 1，尚未作答$/),
    expect.stringMatching(/SAN-02 .*已记录问题 1，结果却是“合格”$/),
  ]);
  await tap(rows[1]!);
  expect(router.currentRoute.value.params.code).toBe("SAN-02");
});

test("a remark with the document's number is its evidence, and then everything is there", async () => {
  const asked = [item({ code: "FAC-03", evidence: [{ kind: "document", least: 1 }], answer: agreed("pass") })];
  const remark = { id: "r1", item: "FAC-03", held: false, text: "昆文明委〔2024〕5号", by: ME, at: 0 };
  shell.on("inspection", inspection(asked, { remarks: [remark] }));
  await openAt("/inspections/i1/submit");
  expect(text()).toContain(zh.submit.complete);
  shell.on("inspection", inspection(asked));
  await openAt("/inspections/i1/items/FAC-03");
  expect(text()).toContain("还缺材料照片或文号 1");
  expect(text(), "and where it is put").toContain(zh.evidence_how.document);
});

test("a submit is tried at once, and without a connection nobody is bothered", async () => {
  const answered = [item({ code: "SAN-01", answer: agreed("pass") })];
  shell.on("inspection", inspection(answered));
  shell.on("submit", inspection(answered, { submissions: [{ by: ME, at: 0 }], state: "submitted" }));
  shell.on("sync_now", fails("unreachable"));
  const { router } = await openAt("/inspections/i1/submit");
  await tap("[data-submit]");
  expect(shell.called("submit")).toHaveLength(1);
  expect(shell.called("sync_now")).toHaveLength(1);
  expect(router.currentRoute.value.name).toBe("inspection");
  expect(find(".van-dialog")).toBeNull();
  expect(text()).toContain(zh.submit.done);
});

test("what could not be submitted is not sent either", async () => {
  const answered = [item({ code: "SAN-01", answer: agreed("pass") })];
  shell.on("inspection", inspection(answered));
  shell.on("submit", fails("storage_full"));
  const { router } = await openAt("/inspections/i1/submit");
  await tap("[data-submit]");
  expect(router.currentRoute.value.name).toBe("submit");
  expect(shell.called("sync_now")).toEqual([]);
});

test("striking the whole visit needs a reason", async () => {
  shell.on("strike", inspection(items, { struck: { reason: "误开", by: ME, at: 0 }, state: "struck" }));
  await openAt("/inspections/i1/submit");
  await tap(saying(zh.strike.whole));
  expect((find("[data-strike]") as HTMLButtonElement).disabled).toBe(true);
  await type("textarea[name=reason]", " 误开 ");
  await tap("[data-strike]");
  expect(shell.called("strike")).toEqual([{ inspection: "i1", target: { kind: "inspection" }, reason: "误开" }]);
  expect(find("[data-submit]")).toBeNull();
});

test("a finding is struck on its card", async () => {
  shell.on("strike", inspection(items));
  await openAt("/inspections/i1/items/SAN-01");
  await tap(find(".finding .strike"));
  await type("textarea[name=reason]", "看错了");
  await tap("[data-strike]");
  expect(shell.called("strike")[0]).toMatchObject({ target: { kind: "finding", id: "f1" }, reason: "看错了" });
});

test("a remark on the whole visit is added", async () => {
  const remark = { id: "r1", item: null, held: false, text: "小雨", by: ME, at: 0 };
  shell.on("remark_add", inspection(items, { remarks: [remark] }));
  await openAt("/inspections/i1/remarks");
  await tap(saying(zh.remarks.write));
  await type("textarea[name=remark]", "小雨");
  await tap("[data-add]");
  expect(shell.called("remark_add")).toEqual([{ inspection: "i1", item: null, text: "小雨" }]);
  expect(text()).toContain("小雨");
});

test("what the supervisor said of the whole is shown", async () => {
  const review = [{ kind: "return" as const, item: null, reason: "请补正绿化", by: SUPERVISOR, at: 0, open: true }];
  shell.on("inspection", inspection(items, { state: "returned", review }));
  await openAt("/inspections/i1");
  expect(text()).toContain("请补正绿化");
});

test("the sync centre counts data and photos apart and tells why something is held", async () => {
  shell.on(
    "sync_status",
    syncStatus({ phase: "offline", changes_pending: 7, photos_pending: 6, photos_pending_bytes: 2_430_000 }),
  );
  const held = {
    state: "held",
    changes_pending: 0,
    photos_total: 0,
    photos_delivered: 0,
    photos_lost: 0,
    reason: "held_scope",
  } as const;
  shell.on("inspections", [inspectionCard({ delivery: held })]);
  shell.on("sync_now", syncStatus());
  await openAt("/sync");
  expect(text()).toContain("待上传 7 项");
  expect(text()).toContain("待上传 6 张");
  expect(text()).toContain(zh.errors.held_scope);
  await tap("[data-retry]");
  expect(find(".state")?.textContent).toContain(zh.delivery.delivered);
});

test("settings change the language, the look and the text size at once, and stay", async () => {
  shell.on("state", state({ clock_skew_ms: 300_000 }));
  await openAt("/settings");
  expect(text()).toContain("快 5 分钟");
  await tap(
    [...document.querySelectorAll<HTMLElement>(".van-cell")].find((cell) =>
      cell.textContent?.startsWith(zh.theme.outdoor),
    )!,
  );
  await tap(
    [...document.querySelectorAll<HTMLElement>(".van-cell")].find((cell) => cell.textContent?.startsWith("最大"))!,
  );
  expect(document.documentElement.dataset.theme).toBe("outdoor");
  expect(document.documentElement.style.fontSize).toBe("32px");
  await tap([...document.querySelectorAll<HTMLElement>(".van-cell")].find((cell) => cell.textContent === "English")!);
  expect(text()).toContain("Text size");
  expect(JSON.parse(localStorage.getItem("rounds.settings")!)).toMatchObject({
    locale: "en",
    theme: "outdoor",
    text_size: 200,
  });
  await tap([...document.querySelectorAll<HTMLElement>(".van-cell")].find((cell) => cell.textContent === "中文")!);
});

test("what a newer checklist asks besides is offered, and brought in only by whoever says so", async () => {
  const extra = item({ code: "FAC-09", title: { zh: "新增项", en: "One more" }, brought: true });
  const newer = { version: 2, items: [{ code: extra.code, title: extra.title }] };
  shell.on("inspection", inspection(items, { newer }));
  shell.on("bring_items", () => {
    shell.on("inspection", inspection([...items, extra]));
    return inspection([...items, extra]);
  });
  await openAt("/inspections/i1");
  expect(text()).toContain("新增项");
  expect(shell.called("bring_items")).toEqual([]);
  await tap("[data-bring]");
  expect(shell.called("bring_items")).toEqual([{ inspection: "i1" }]);
  expect(document.querySelector("[data-newer]")).toBeNull();
  expect(text()).toContain("1/2");
});

test("an inspection whose checklist is withdrawn says so quietly and goes on", async () => {
  shell.on("inspection", inspection(items, { withdrawn: "标准修订" }));
  await openAt("/inspections/i1");
  expect(text()).toContain("本检查表已停用（标准修订）。已经开始的检查照常完成并提交。");
  expect(find("[role=dialog]"), "nothing is asked").toBeNull();
  shell.on("inspection", inspection(items));
  await openAt("/inspections/i1");
  expect(find("[data-withdrawn]")).toBeNull();
});

test("a record that is nearly full says so, goes on in a continuation, and each leads to the other", async () => {
  shell.on("inspection", ({ id }: { id: string }) =>
    id === "i2"
      ? inspection(items, { id, continues: "i1" })
      : inspection(items, { nearly_full: true, continued_by: null }),
  );
  shell.on("open_continuation", "i2");
  const { router } = await openAt("/inspections/i1");
  expect(text()).toContain(zh.continuation.full);
  await tap("[data-continue]");
  expect(shell.called("open_continuation")).toEqual([{ inspection: "i1" }]);
  expect(router.currentRoute.value.params.id).toBe("i2");
  expect(text()).toContain(zh.continuation.continues);
});
