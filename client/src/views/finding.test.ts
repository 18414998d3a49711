import { beforeEach, expect, test, vi } from "vitest";
import type { ItemView, PhotoView } from "@/lib/bindings";
import { BLANK } from "@/lib/draft";
import zh from "@/locales/zh-CN.json";
import { agreed, finding, inspection, item, ME, photo } from "@/testing/samples";
import { find, openItem, saying, settle, show, tap, text, type } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

let shell: Shell;
let items: ItemView[];
/** Photos on their way to the disk; each comes there when the test says so, oldest first. */
let coming: (() => void)[];

/** A disk of one inspection: photos and drafts that were written are what is read next. */
function disk(...content: ItemView[]) {
  items = content;
  coming = [];
  let photos = 0;
  const drafts = new Map<unknown, unknown>();
  shell.on("inspection", () => inspection(items));
  shell.on("photo", new ArrayBuffer(8));
  shell.on("draft_keep", ({ item, draft }: { item: string; draft: unknown }) => {
    // As it crosses to the shell.
    drafts.set(item, JSON.parse(JSON.stringify(draft)));
    return null;
  });
  shell.on("draft", ({ item }: { item: string }) => drafts.get(item) ?? null);
  shell.on("photo_add", async (_: unknown, headers: Record<string, string>) => {
    await new Promise<void>((resolve) => coming.push(resolve));
    const added = photo({ id: `p${(photos += 1)}`, hash: `aa${photos}`, role: headers["x-role"] as PhotoView["role"] });
    items = items.map((each) => {
      if (each.code !== headers["x-item"]) return each;
      const findings = each.findings.map((one) =>
        one.id === headers["x-finding"] ? { ...one, photos: [...one.photos, added] } : one,
      );
      return { ...each, findings, photos: headers["x-finding"] ? each.photos : [...each.photos, added] };
    });
    return added;
  });
}

/** The oldest photo on its way is on the disk now. */
async function arrives() {
  await expect.poll(() => coming.length).toBeGreaterThan(0);
  coming.shift()!();
  await settle();
}

const shown = () => document.body.querySelectorAll(".finding-sheet figure").length;
const BAD = agreed("fail");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  shell = installShell();
  return () => vi.useRealTimers();
});

test("each photo is with its finding as soon as it is on disk, and saving waits for the rest", async () => {
  disk(item({ code: "SAN-05", answer: BAD }));
  shell.on("finding_add", () => items[0]);
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  await tap("[data-kind='SAN-05-1']");
  await show(".finding-sheet [data-photo=album]", "one.jpg", "two.jpg");
  await arrives();
  expect(shown()).toBe(1);
  await tap("[data-save]");
  expect(shell.called("finding_add"), "one is still on its way").toEqual([]);
  expect(find("[data-save]")?.textContent).toContain(zh.photo.saving);
  await arrives();
  await tap("[data-save]");
  expect(shell.called("finding_add")).toMatchObject([{ photos: ["p1", "p2"] }]);
});

test("what is on its way when its finding is left comes to that finding, and to no other", async () => {
  disk(item({ code: "SAN-05", answer: BAD }), item({ code: "SAN-06", answer: BAD }));
  const { router } = await openItem("SAN-05");
  await tap("[data-new-finding]");
  await show(".finding-sheet [data-photo=album]", "one.jpg", "two.jpg");
  await arrives();
  await tap("[data-close]");
  await router.replace("/inspections/i1/items/SAN-06");
  await settle();
  await tap("[data-new-finding]");
  await arrives();
  expect(shown()).toBe(0);
  await tap("[data-close]");
  await router.replace("/inspections/i1/items/SAN-05");
  await settle();
  await tap("[data-new-finding]");
  expect(shown()).toBe(2);
});

test("a photo that is on its way when the whole screen is left is with its finding later", async () => {
  disk(item({ code: "SAN-05", answer: BAD }));
  const { router } = await openItem("SAN-05");
  await tap("[data-new-finding]");
  await show(".finding-sheet [data-photo=camera]", "one.jpg");
  await router.push("/sync");
  await settle();
  await arrives();
  await router.push("/inspections/i1/items/SAN-05");
  await settle();
  await tap("[data-new-finding]");
  expect(shown()).toBe(1);
});

test("a photo added to a finding that is there already is shown at once", async () => {
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding()] }));
  await openItem("SAN-05");
  await tap(".finding .verbs button");
  await show(".finding-sheet [data-photo=camera]", "one.jpg");
  await arrives();
  expect(shown()).toBe(1);
  expect(shell.calls.find(({ command }) => command === "photo_add")?.headers).toMatchObject({ "x-finding": "f1" });
});

test("coordinates typed for one finding, and what is wrong with them, are not in the next", async () => {
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding({ point: null }), finding({ id: "f2", point: null })] }));
  await openItem("SAN-05");
  const [first, second] = [...document.body.querySelectorAll<HTMLElement>(".finding .verbs button:first-child")];
  await tap(first!);
  await tap(saying(zh.finding.type_point));
  await type("input[name=point]", "到处");
  expect(text()).toContain(zh.finding.point_unreadable);
  await tap("[data-close]");
  await tap(second!);
  expect(find("input[name=point]")).toBeNull();
  expect(text()).not.toContain(zh.finding.point_unreadable);
});

test("a place that is found late is that of the finding for which it was asked", async () => {
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding({ point: null }), finding({ id: "f2", point: null })] }));
  shell.on("finding_edit", () => items[0]);
  let found: PositionCallback = () => {};
  const geolocation = { getCurrentPosition: (got: PositionCallback) => (found = got) };
  Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
  await openItem("SAN-05");
  const [first, second] = [...document.body.querySelectorAll<HTMLElement>(".finding .verbs button:first-child")];
  await tap(first!);
  await tap("[data-locate]");
  await tap("[data-close]");
  await tap(second!);
  found({ coords: { latitude: 25.04, longitude: 102.71, accuracy: 7 } } as GeolocationPosition);
  await settle();
  await tap("[data-save]");
  expect(shell.called("finding_edit")).toMatchObject([{ finding: "f2", point: null }]);
});

test("what was wrong with one picture of a code is not said of the next finding", async () => {
  const plate = { evidence: [{ kind: "asset_qr" as const, least: 1 }] };
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding()], ...plate }));
  shell.on("read_code", fails("code_not_found"));
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  await show(".finding-sheet [data-photo=code]", "plate.jpg");
  await expect.poll(() => find("[data-code-trouble]")).not.toBeNull();
  await tap("[data-close]");
  await tap(".finding .verbs button");
  expect(find("[data-code-trouble]")).toBeNull();
});

test("what was changed of a finding is still there after the app was ended, and ends with its saving", async () => {
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding()] }));
  shell.on("finding_edit", () => items[0]);
  await openItem("SAN-05");
  await tap(".finding .verbs button");
  await type("textarea[name=note]", "约五袋");
  await tap("[data-close]");
  document.body.innerHTML = "";
  await openItem("SAN-05");
  await tap(".finding .verbs button");
  expect(field("textarea[name=note]")).toBe("约五袋");
  await tap("[data-save]");
  expect(shell.called("finding_edit")).toMatchObject([{ finding: "f1", note: "约五袋", place: finding().place }]);
  await tap(".finding .verbs button");
  expect(field("textarea[name=note]"), "what the disk says").toBe(finding().note);
});

test("of a change that is saved no draft is left, nor what the finding said before it", async () => {
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding()] }));
  shell.on("finding_edit", () => items[0]);
  await openItem("SAN-05");
  await tap(".finding .verbs button");
  await type("textarea[name=note]", "约五袋");
  await tap("[data-save]");
  const kept = new Map(shell.called("draft_keep").map(({ item, draft }) => [item, draft]));
  expect([...kept]).toEqual([
    ["edit:f1", BLANK],
    ["said:f1", BLANK],
  ]);
});

test("a change that is taken back before it is saved leaves no draft either", async () => {
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding()] }));
  await openItem("SAN-05");
  await tap(".finding .verbs button");
  await type("textarea[name=note]", "约五袋");
  await type("textarea[name=note]", finding().note);
  const kept = new Map(shell.called("draft_keep").map(({ item, draft }) => [item, draft]));
  expect([...kept.values()]).toEqual([BLANK, BLANK]);
});

test("what a colleague changed of a finding meanwhile stays changed, however old the draft is", async () => {
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding()] }));
  shell.on("finding_edit", () => items[0]);
  const merges = async (place: string) => {
    items = [{ ...items[0]!, findings: [finding({ place })] }];
    shell.emit("changed", { inspection: "i1" });
    await settle();
  };
  await openItem("SAN-05");
  await tap(".finding .verbs button");
  await type("textarea[name=note]", "约五袋");
  await tap("[data-close]");
  await merges("4栋");
  await tap(".finding .verbs button");
  expect(field("input[name=place]")).toBe("4栋");
  await merges("5栋");
  await tap("[data-save]");
  expect(shell.called("finding_edit")).toMatchObject([{ note: "约五袋", place: "5栋" }]);
});

test("a wrong photo of a finding is struck with a reason, on its card and in its drawer", async () => {
  const photos = [photo({ id: "p8" }), photo({ id: "p9", role: "after" })];
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding({ photos, fixed_on_spot: true })] }));
  shell.on("strike", () => inspection(items));
  await openItem("SAN-05");
  const strike = async (at: string, reason: string) => {
    await tap(at);
    await type("textarea[name=reason]", reason);
    await tap("[data-strike]");
  };
  await strike(".finding [data-strike-photo=p8]", "拍错了地方");
  await tap(".finding .verbs button");
  await strike(".finding-sheet [data-strike-photo=p9]", "模糊");
  expect(shell.called("strike")).toEqual([
    { inspection: "i1", target: { kind: "photo", id: "p8" }, reason: "拍错了地方" },
    { inspection: "i1", target: { kind: "photo", id: "p9" }, reason: "模糊" },
  ]);
});

test("a photo that was struck is not sent along with its finding, nor counted", async () => {
  disk(item({ code: "SAN-05", answer: BAD, evidence: [{ kind: "photo", least: 2 }] }));
  shell.on("finding_add", () => items[0]);
  shell.on("strike", ({ target }: { target: { id: string } }) => {
    const struck = { reason: "模糊", by: ME, at: 0 };
    const photos = items[0]!.photos.map((each) => (each.id === target.id ? { ...each, struck } : each));
    items = [{ ...items[0]!, photos }];
    return inspection(items);
  });
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  await tap("[data-kind='SAN-05-1']");
  await show(".finding-sheet [data-photo=album]", "one.jpg", "two.jpg");
  await arrives();
  await arrives();
  await tap(".finding-sheet [data-strike-photo=p1]");
  await type("textarea[name=reason]", "模糊");
  await tap("[data-strike]");
  expect(find("[data-demands]")?.textContent).toContain("还缺照片 1");
  await tap("[data-save]");
  expect(shell.called("finding_add")).toMatchObject([{ photos: ["p2"] }]);
});

test("a photo of what was put right says so, and where it came from", async () => {
  const photos = [photo({ id: "p8" }), photo({ id: "p9", role: "after", source: "album" })];
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding({ photos })] }));
  await openItem("SAN-05");
  const captions = [...document.querySelectorAll(".finding figcaption > span:first-child")];
  expect(captions.map((each) => each.textContent)).toEqual(["拍摄", "整改后 · 相册"]);
});

test("a photo that waits for a ruling says so, is not sent along, and is not struck", async () => {
  disk(item({ code: "SAN-05", answer: BAD, photos: [photo({ id: "p8", held: true })] }));
  shell.on("finding_add", () => items[0]);
  shell.on("draft", { ...BLANK, kind: "SAN-05-1", photos: ["p8", "p9"] });
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  expect(find(".finding-sheet figure")?.textContent).toContain(zh.delivery.held);
  expect(find("[data-strike-photo]")).toBeNull();
  await tap("[data-save]");
  expect(shell.called("finding_add")).toMatchObject([{ photos: ["p9"] }]);
});

test("what several people changed of a finding is said quietly", async () => {
  disk(item({ code: "SAN-05", answer: BAD, findings: [finding({ conflicts: ["place", "note", "on_spot"] })] }));
  await openItem("SAN-05");
  expect(find(".finding")?.textContent).toContain("多人同时修改过：位置、说明、当场处置，由督导员核定");
});

const field = (selector: string) => (find(selector) as HTMLInputElement | HTMLTextAreaElement).value;
