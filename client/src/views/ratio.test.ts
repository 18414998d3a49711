import { beforeEach, expect, test, vi } from "vitest";
import type { ItemView, Scale } from "@/lib/bindings";
import zh from "@/locales/zh-CN.json";
import { agreed, COLLEAGUE, inspection, item, UNANSWERED } from "@/testing/samples";
import { find, openItem, saying, settle, tap, text, type } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

const RATIO: Scale = { scale: "ratio", full: 9500, half: null, proportional: false };
let shell: Shell;
let items: ItemView[];

/** A disk of one inspection: what `answer` wrote is what is read next, until it is taken back. */
function disk(...content: ItemView[]) {
  items = content;
  const write = (code: string, answer: ItemView["answer"]) => {
    items = items.map((each) => (each.code === code ? { ...each, answer } : each));
    return items.find((each) => each.code === code);
  };
  shell.on("inspection", () => inspection(items));
  shell.on("answer", (args: { item: string; value: string }) => write(args.item, agreed(args.value)));
  shell.on("take_back", (args: { item: string }) => write(args.item, UNANSWERED));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  shell = installShell();
  return () => vi.useRealTimers();
});

test("a ratio shows its percentage as one types, and going on does not lose it", async () => {
  disk(item({ code: "SAN-06", scale: RATIO }), item({ code: "SAN-07" }));
  await openItem("SAN-06");
  await type("[data-number=done] input", "47");
  expect(text()).toContain(zh.answer.ratio_empty);
  await type("[data-number=planned] input", "50");
  expect(find(".live")?.textContent).toContain("94%");
  await tap("[data-next]");
  expect(shell.called("answer")).toEqual([{ inspection: "i1", item: "SAN-06", value: "47/50" }]);
});

const WAYS_OUT: [string, () => Promise<unknown>][] = [
  ["the way up", () => tap(".screen-bar .back")],
  ["the sync chip", () => tap(".chip")],
  ["the rest of the section", () => tap("[data-rest]")],
  ["taking back what was tapped elsewhere", () => tap("[data-undo]")],
  ["the app going out of sight", () => outOfSight()],
];

async function outOfSight() {
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  hidden.mockRestore();
}

async function typeRatio(done: string, planned: string) {
  await type("[data-number=planned] input", planned);
  await type("[data-number=done] input", done);
}

test.each(WAYS_OUT)("a ratio that was typed is recorded on every way out: %s", async (_, leave) => {
  disk(item({ code: "SAN-05" }), item({ code: "SAN-06", scale: RATIO }), item({ code: "SAN-07" }));
  shell.on("pass_rest", () => ({ items: ["SAN-07"], inspection: inspection(items) }));
  await openItem("SAN-05");
  await tap("[data-answer=pass]");
  vi.advanceTimersByTime(1000);
  await settle();
  await typeRatio("47", "50");
  await leave();
  expect(shell.called("answer")).toContainEqual({ inspection: "i1", item: "SAN-06", value: "47/50" });
});

test("taking back leaves what was typed recorded, and takes back what its line said", async () => {
  disk(item({ code: "SAN-05" }), item({ code: "SAN-06", scale: RATIO }));
  const { router } = await openItem("SAN-05");
  await tap("[data-answer=pass]");
  vi.advanceTimersByTime(1000);
  await settle();
  await typeRatio("47", "50");
  await tap("[data-undo]");
  expect(shell.called("take_back")).toEqual([{ inspection: "i1", item: "SAN-05" }]);
  expect(shell.called("answer").at(-1)).toEqual({ inspection: "i1", item: "SAN-06", value: "47/50" });
  expect(router.currentRoute.value.params.code).toBe("SAN-05");
  vi.advanceTimersByTime(1000);
  await settle();
  await tap("[data-undo]");
  expect(shell.called("take_back").at(-1)).toEqual({ inspection: "i1", item: "SAN-06" });
});

test("what does not make a ratio is not recorded, and keeps nobody on the card", async () => {
  disk(item({ code: "SAN-06", scale: RATIO }));
  const { router } = await openItem("SAN-06");
  await typeRatio("60", "50");
  await tap(".screen-bar .back");
  expect(shell.called("answer")).toEqual([]);
  expect(router.currentRoute.value.name).toBe("inspection");
});

test("a ratio that cannot be recorded keeps its card for who stays, and keeps nobody who leaves", async () => {
  disk(item({ code: "SAN-06", scale: RATIO }), item({ code: "SAN-07" }));
  for (const code of ["storage_full", "inspection_full", "not_found"] as const) {
    const { router } = await openItem("SAN-06");
    shell.on("answer", fails(code));
    await typeRatio("47", "50");
    await tap(".screen-bar .back");
    expect(text()).toContain(zh.run.unrecorded);
    expect(text()).toContain(zh.errors[code]);
    await tap(saying(zh.run.stay));
    expect(router.currentRoute.value.name, code).toBe("run");
    expect((find("[data-number=done] input") as HTMLInputElement).value).toBe("47");
    await tap("[data-next]");
    await tap(saying(zh.run.leave));
    expect(router.currentRoute.value.params.code, code).toBe("SAN-07");
    await tap(".screen-bar .back");
    expect(router.currentRoute.value.name, "the next card has nothing to ask about").toBe("inspection");
  }
});

test("a number that was cleared makes no ratio, and keeps nobody on the card", async () => {
  disk(item({ code: "SAN-06", scale: RATIO }));
  const { router } = await openItem("SAN-06");
  await typeRatio("", "10");
  expect(find("[data-answer=ratio]")).toHaveProperty("disabled", true);
  expect(text()).toContain(zh.answer.ratio_empty);
  await tap(".screen-bar .back");
  expect(shell.called("answer")).toEqual([]);
  expect(router.currentRoute.value.name).toBe("inspection");
});

test("a colleague's answer does not disturb a ratio that is being typed; one that is not follows it", async () => {
  disk(item({ code: "SAN-06", scale: RATIO }), item({ code: "SAN-07" }));
  await openItem("SAN-06");
  const typed = () => (find("[data-number=planned] input") as HTMLInputElement).value;
  const merges = async (value: string) => {
    items = [item({ code: "SAN-06", scale: RATIO, answer: agreed(value, COLLEAGUE) }), items[1]!];
    shell.emit("changed", { inspection: "i1" });
    await settle();
  };
  await merges("30/40");
  expect(typed()).toBe("40");
  await typeRatio("47", "50");
  await merges("31/41");
  expect(typed()).toBe("50");
  await tap("[data-next]");
  expect(shell.called("answer")).toEqual([{ inspection: "i1", item: "SAN-06", value: "47/50" }]);
});

test("who says that a ratio does not apply has given up what he typed", async () => {
  disk(item({ code: "SAN-06", scale: RATIO }), item({ code: "SAN-07" }));
  await openItem("SAN-06");
  await typeRatio("47", "50");
  await tap("[data-answer=na]");
  vi.advanceTimersByTime(1000);
  await settle();
  expect(shell.called("answer").map(({ value }) => value)).toEqual(["na"]);
});
