import { beforeEach, expect, test, vi } from "vitest";
import zh from "@/locales/zh-CN.json";
import { agreed, AREA, inspection, item } from "@/testing/samples";
import { find, openAt, press, saying, settle, tap, text } from "@/testing/screen";
import { installShell, type Shell } from "@/testing/shell";

/** Whoever has no hand free for the screen, or cannot see it, has keys: what looks like a control must answer to them. */
let shell: Shell;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  shell = installShell();
  shell.on("inspection", inspection([item({ code: "SAN-05", answer: agreed("fail") }), item({ code: "FAC-07" })]));
  return () => vi.useRealTimers();
});

async function openItem(code: string) {
  const opened = await openAt(`/inspections/i1/items/${code}`);
  vi.advanceTimersByTime(1000);
  await settle();
  return opened;
}

test.each(["Enter", " "])("a finding's kind is chosen by the key %j", async (key) => {
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  await press("[data-kind='SAN-05-2']", key);
  expect(find("[data-kind='SAN-05-2']")?.getAttribute("aria-checked")).toBe("true");
  expect(find("[data-kind='SAN-05-1']")?.getAttribute("aria-checked")).toBe("false");
  await press(".finding-sheet [role=switch]", key);
  expect(find(".finding-sheet [role=switch]")?.getAttribute("aria-checked")).toBe("true");
});

test("a standard is met by a key, once however long it is held", async () => {
  const standards = ["一", "二"].map((words) => ({ zh: words, en: words }));
  const graded = item({ code: "SAN-10", scale: { scale: "graded", standards } });
  shell.on("inspection", inspection([graded]));
  shell.on("answer", { ...graded, answer: agreed("2/2") });
  await openItem("SAN-10");
  const standard = find("[data-standard='2']")!;
  await press(standard, " ");
  await press(standard, " ", { repeat: true });
  expect(shell.called("answer").map(({ value }) => value)).toEqual(["2/2"]);
});

test("the list of all items jumps by a key, and rows that lead somewhere lead there", async () => {
  const { router } = await openItem("SAN-05");
  await tap(saying("1/2"));
  const rows = [...document.querySelectorAll<HTMLElement>(".jump .list .van-cell")];
  await press(
    rows.find((row) => row.textContent?.includes("FAC-07"))!,
    "Enter",
  );
  expect(router.currentRoute.value.params.code).toBe("FAC-07");
  shell.on("areas", [AREA]);
  const areas = await openAt("/areas");
  await press(saying(AREA.short), "Enter");
  expect(areas.router.currentRoute.value.params.code).toBe(AREA.code);
});

test("what the browser presses by itself is pressed once, and keys that type go on typing", async () => {
  shell.on("areas", [AREA]);
  const { router } = await openAt("/");
  await press(saying(zh.today.unplanned), "Enter");
  expect(router.currentRoute.value.name, "the browser clicks a button; nobody else may").toBe("today");
  await openAt("/areas");
  const space = await press("input[type=search]", " ");
  expect(space.defaultPrevented).toBe(false);
  expect(text()).toContain(AREA.short);
});
