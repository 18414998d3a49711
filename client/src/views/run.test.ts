import { beforeEach, expect, test, vi } from "vitest";
import type { AnswerView, InspectionView, ItemView, Scale } from "@/lib/bindings";
import zh from "@/locales/zh-CN.json";
import {
  agreed,
  COLLEAGUE,
  conflict,
  finding,
  inspection,
  item,
  photo,
  SUPERVISOR,
  UNANSWERED,
} from "@/testing/samples";
import { find, openAt, openItem, saying, settle, tap, text, type } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

const COUNT: Scale = { scale: "count", off: 100 };
const DRAFT = { kind: "SAN-05-1", note: "", place: "", point: null, fixed_on_spot: false, asset: "" };
let shell: Shell;
let items: ItemView[];

/** A disk of one inspection: what `answer` wrote is what is read next. */
function disk(...content: ItemView[]) {
  items = content;
  shell.on("inspection", () => inspection(items) satisfies InspectionView);
  shell.on("answer", (args: { item: string; value: string | null }) => {
    const answer: AnswerView = args.value === null ? UNANSWERED : agreed(args.value);
    items = items.map((each) => (each.code === args.item ? { ...each, answer } : each));
    return items.find((each) => each.code === args.item);
  });
}

function pressed(value: string): boolean {
  return find(`[data-answer="${value}"]`)?.getAttribute("aria-pressed") === "true";
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  shell = installShell();
  return () => vi.useRealTimers();
});

test("pass is one tap, and the next open card comes up", async () => {
  disk(item({ code: "SAN-01" }), item({ code: "SAN-02", answer: agreed("pass") }), item({ code: "SAN-03" }));
  const { router } = await openItem("SAN-01");
  await tap("[data-answer=pass]");
  expect(shell.called("answer")).toEqual([{ inspection: "i1", item: "SAN-01", value: "pass" }]);
  expect(router.currentRoute.value.params.code).toBe("SAN-03");
});

test("a tap shows as saved only when the disk has it", async () => {
  disk(item({ code: "SAN-01" }));
  let write = () => {};
  shell.on(
    "answer",
    () => new Promise((resolve) => (write = () => resolve(item({ code: "SAN-01", answer: agreed("pass") })))),
  );
  await openItem("SAN-01");
  await tap("[data-answer=pass]");
  expect(pressed("pass")).toBe(false);
  expect(text()).not.toContain("已存本机");
  shell.on("inspection", inspection([item({ code: "SAN-01", answer: agreed("pass") })]));
  write();
  await settle();
  expect(pressed("pass")).toBe(true);
  expect(text()).toContain("已存本机");
});

test("a tap that did not reach the disk is loud, and the disk's value stands", async () => {
  const vibrate = vi.fn();
  vi.stubGlobal("navigator", Object.assign(Object.create(navigator), { vibrate }));
  disk(item({ code: "SAN-01", answer: agreed("pass") }));
  shell.on("answer", fails("storage_full"));
  await openItem("SAN-01");
  await tap("[data-answer=fail]");
  expect(text()).toContain(zh.save.failed);
  expect(text()).toContain(zh.errors.storage_full);
  expect(vibrate).toHaveBeenCalled();
  expect(pressed("pass")).toBe(true);
  expect(pressed("fail")).toBe(false);
  vi.unstubAllGlobals();
});

test("a double tap answers once, and the card that comes up is not hit", async () => {
  disk(item({ code: "SAN-01" }), item({ code: "SAN-02" }));
  await openItem("SAN-01");
  find("[data-answer=pass]")!.click();
  find("[data-answer=pass]")!.click();
  await settle();
  await tap("[data-answer=pass]");
  expect(shell.called("answer")).toHaveLength(1);
  vi.advanceTimersByTime(1000);
  await settle();
  await tap("[data-answer=pass]");
  expect(shell.called("answer").at(-1)).toMatchObject({ item: "SAN-02" });
});

test("the last tap can be taken back, and its card is shown again", async () => {
  disk(item({ code: "SAN-01" }), item({ code: "SAN-02" }));
  const { router } = await openItem("SAN-01");
  await tap("[data-answer=na]");
  vi.advanceTimersByTime(1000);
  await settle();
  shell.on("take_back", () => item({ code: "SAN-01" }));
  await tap("[data-undo]");
  expect(shell.called("take_back")).toEqual([{ inspection: "i1", item: "SAN-01" }]);
  expect(shell.called("answer"), "the phone knows what stood before").toHaveLength(1);
  expect(router.currentRoute.value.params.code).toBe("SAN-01");
  expect(find("[data-undo]")).toBeNull();
});

test("a fail opens the drawer, and its finding is saved with kind, place and note", async () => {
  disk(item({ code: "SAN-05", scale: COUNT }));
  shell.on("finding_add", () => item({ code: "SAN-05", scale: COUNT, answer: agreed("fail"), findings: [finding()] }));
  await openItem("SAN-05");
  await tap("[data-answer=fail]");
  expect(find("[data-save]")).not.toBeNull();
  await tap("[data-kind='SAN-05-1']");
  await type("input[name=place]", "3栋2单元门前");
  items = [item({ code: "SAN-05", scale: COUNT, answer: agreed("fail"), findings: [finding()] })];
  await tap("[data-save]");
  expect(shell.called("finding_add")[0]).toMatchObject({
    inspection: "i1",
    item: "SAN-05",
    kind: "SAN-05-1",
    place: "3栋2单元门前",
    fixed_on_spot: false,
    photos: [],
  });
  expect(find("[data-answer=fail]")?.textContent).toContain("有问题 1");
});

test("the drawer says which evidence the finding still lacks, as it is being written", async () => {
  const evidence = (["photo", "area"] as const).map((kind) => ({ kind, least: 1 }));
  const shown = photo({ id: "p1" });
  const struck = { ...photo({ id: "p2" }), struck: { reason: "糊", by: COLLEAGUE, at: 0 } };
  const copy = photo({ id: "p3", copy_of: "p2", source: "drawn" });
  disk(item({ code: "SAN-05", evidence, answer: agreed("fail") }));
  shell.on("draft", () => ({ ...DRAFT, photos: ["p2", "p3"] }));
  items = items.map((each) => ({ ...each, photos: [struck, copy] }));
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  const demands = () => find(".finding-sheet [data-demands]")?.textContent ?? "";
  expect(demands(), "what is struck or drawn shows nothing").toContain("还缺照片 1");
  expect(demands()).toContain(zh.evidence_how.area);
  await type("textarea[name=note]", "约 3 平方米");
  expect(demands()).not.toContain(zh.evidence_how.area);
  await tap(".finding-sheet [role=switch]");
  expect(demands()).toContain("还缺整改后照片 1");
  await tap(".finding-sheet [role=switch]");
  shell.on("draft", () => ({ ...DRAFT, note: "约 3 平方米", photos: ["p1"] }));
  items = items.map((each) => ({ ...each, photos: [shown] }));
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  expect(demands()).toContain(zh.evidence_how.complete);
});

test("a finding that was being written is still there after the app was ended", async () => {
  disk(item({ code: "SAN-05", answer: agreed("fail") }));
  shell.on("draft_keep", ({ draft }: { draft: unknown }) => {
    shell.on("draft", draft);
    return null;
  });
  const first = await openItem("SAN-05");
  await tap("[data-new-finding]");
  await type("input[name=place]", "7栋楼后");
  first.app.unmount();
  document.body.innerHTML = "";
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  expect((find("input[name=place]") as HTMLInputElement).value).toBe("7栋楼后");
});

test("a thumb that is faster than the draft loses nothing, and neither does the draft", async () => {
  disk(item({ code: "SAN-05", answer: agreed("fail") }));
  let read: (draft: unknown) => void = () => {};
  shell.on("draft", () => new Promise((resolve) => (read = resolve)));
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  await type("input[name=place]", "8栋门口");
  read({ kind: "", note: "有异味", place: "7栋楼后", point: null, fixed_on_spot: false, asset: "", photos: [] });
  await settle();
  expect((find("input[name=place]") as HTMLInputElement).value).toBe("8栋门口");
  expect((find("textarea[name=note]") as HTMLTextAreaElement).value).toBe("有异味");
});

test("the picture of an item stands behind its question mark, and comes later when it is not there yet", async () => {
  shell.on("photo", fails("not_found"));
  disk(item({ code: "SAN-05", reference: "ab".repeat(32) }));
  await openItem("SAN-05");
  await tap(".head .help");
  expect(text()).toContain(zh.item.reference_later);
  shell.on("photo", new ArrayBuffer(8));
  shell.emit("changed", { inspection: null });
  await settle();
  expect(find("[data-reference]")?.getAttribute("alt")).toBe(zh.item.reference);
  expect(shell.called("photo").at(-1)).toEqual({ hash: "ab".repeat(32), size: "full" });
});

test("an item that is not asked yet takes no answer", async () => {
  disk(item({ code: "SAN-18", pending: true }));
  await openItem("SAN-18");
  expect(text()).toContain(zh.item.pending_explain);
  expect(pressed("na")).toBe(true);
  await tap("[data-answer=pass]");
  expect(shell.called("answer")).toEqual([]);
});

test("a conflict shows both values, and one's own can be kept or changed", async () => {
  disk(item({ code: "SAN-03", answer: conflict("pass", "fail") }));
  await openItem("SAN-03");
  expect(find(".conflict")?.textContent).toContain("李华");
  expect(find(".conflict")?.textContent).toContain("王丽");
  const answer = conflict("pass", "fail");
  shell.on("answer", () => item({ code: "SAN-03", answer }));
  await tap("[data-keep]");
  expect(text()).toContain(zh.differences.kept);
  expect(shell.called("answer"), "it stands already").toEqual([]);
  expect(find("[data-undo]"), "so there is nothing to take back").toBeNull();
  await tap("[data-change=fail]");
  expect(shell.called("answer").map(({ value }) => value)).toEqual(["fail"]);
  expect(find("[data-save]")).not.toBeNull();
});

test("a decision is shown with its reason and with what everybody recorded", async () => {
  const values = conflict("pass", "fail").values;
  const decision = { value: "fail", by: SUPERVISOR, at: 0, reason: "照片可见断枝" };
  disk(
    item({ code: "GRN-09", answer: { held: null, state: "decided", value: "fail", mine: "pass", values, decision } }),
  );
  await openItem("GRN-09");
  expect(find(".decided")?.textContent).toContain("照片可见断枝");
  expect(find(".decided")?.textContent).toContain("李华");
});

test("what was returned says why on its card", async () => {
  disk(item({ code: "GRN-03", returned: { reason: "请补拍全景", by: SUPERVISOR, at: 0 } }));
  await openItem("GRN-03");
  expect(find(".banner.bad")?.textContent).toContain("请补拍全景");
});

test("a sample is one tap on how many are good", async () => {
  disk(item({ code: "SAN-13", scale: { scale: "sample", of: 5 } }));
  await openItem("SAN-13");
  expect(document.querySelectorAll(".segment")).toHaveLength(6);
  await tap("[data-answer='4/5']");
  expect(pressed("4/5")).toBe(true);
});

test("each standard is an answer of its own, and one tap says all or none", async () => {
  const standards = ["一", "二", "三", "四"].map((zhText) => ({ zh: zhText, en: zhText }));
  disk(item({ code: "SAN-10", scale: { scale: "graded", standards } }));
  await openItem("SAN-10");
  await tap("[data-standard='3']");
  await tap("[data-standard='1']");
  await tap("[data-answer='1,2,3,4/4']");
  await tap("[data-answer='/4']");
  expect(shell.called("answer").map(({ value }) => value)).toEqual(["3/4", "1,3/4", "1,2,3,4/4", "/4"]);
});

test("a struck inspection can be read and no longer answered", async () => {
  disk(item({ code: "SAN-01" }));
  shell.on("inspection", inspection([item({ code: "SAN-01" })], { struck: { reason: "误开", by: SUPERVISOR, at: 0 } }));
  await openItem("SAN-01");
  expect(find("[data-answer]")).toBeNull();
  expect(text()).toContain(zh.run.closed);
});

test("a colleague's answer appears while the card is open", async () => {
  disk(item({ code: "SAN-01", answer: agreed("pass") }));
  await openItem("SAN-01");
  items = [item({ code: "SAN-01", answer: conflict("pass", "fail") })];
  shell.emit("changed", { inspection: "i1" });
  await settle();
  expect(find(".conflict")).not.toBeNull();
});

test("the list of all items jumps to any of them", async () => {
  disk(item({ code: "SAN-01" }), item({ code: "FAC-07" }));
  const { router } = await openItem("SAN-01");
  await tap(saying("1/2"));
  const rows = [...document.querySelectorAll<HTMLElement>(".jump .list .van-cell")];
  await tap(rows.find((row) => row.textContent?.includes("FAC-07"))!);
  expect(router.currentRoute.value.params.code).toBe("FAC-07");
});

test("the list of items narrows to what is typed and what is open, and jumps", async () => {
  disk(
    item({ code: "SAN-01", title: { zh: "楼道无堆放", en: "Stairwells clear" } }),
    item({ code: "SAN-02", title: { zh: "楼道无张贴", en: "No posters" }, answer: agreed("pass") }),
    item({ code: "GRN-01", title: { zh: "绿地完好", en: "Green sound" } }),
  );
  const { router } = await openItem("SAN-01");
  await tap(".steps button:nth-child(2)");
  const listed = () => [...document.body.querySelectorAll(".jump .list .van-cell")].map((cell) => cell.textContent);
  expect(listed()).toHaveLength(3);
  await type("input[name=search]", "楼道");
  expect(listed()).toHaveLength(2);
  await tap("[data-filter=open]");
  expect(find("[data-filter=open]")?.getAttribute("aria-checked")).toBe("true");
  expect(listed()).toEqual([expect.stringContaining("SAN-01")]);
  await type("input[name=search]", "绿地");
  await tap(".jump .list .van-cell");
  expect(router.currentRoute.value.params.code).toBe("GRN-01");
});

test("the rest of a section passes by one tap, which says so and can be taken back", async () => {
  const byRest = agreed("pass");
  byRest.values[0]!.how = "rest";
  disk(
    item({ code: "SAN-01", scale: COUNT }),
    item({ code: "SAN-02" }),
    item({ code: "SAN-03", scale: { scale: "sample", of: 5 } }),
    item({ code: "SAN-04", answer: agreed("fail") }),
    item({ code: "GRN-01" }),
  );
  shell.on("pass_rest", () => {
    items = items.map((each) => (["SAN-01", "SAN-02"].includes(each.code) ? { ...each, answer: byRest } : each));
    return { items: ["SAN-01", "SAN-02"], inspection: inspection(items) };
  });
  shell.on("take_back_rest", () => {
    items = items.map((each) => (each.answer === byRest ? { ...each, answer: UNANSWERED } : each));
    return inspection(items);
  });
  const { router } = await openItem("SAN-01");
  expect(find("[data-rest]")?.textContent).toContain("2");
  await tap("[data-rest]");
  expect(shell.called("pass_rest")).toEqual([{ inspection: "i1", domain: "SAN" }]);
  expect(router.currentRoute.value.params.code, "what must be sampled comes next").toBe("SAN-03");
  expect(text()).toContain("其余 2 项合格");
  expect(find("[data-rest]")).toBeNull();
  await router.replace("/inspections/i1/items/SAN-02");
  vi.advanceTimersByTime(1000);
  await settle();
  expect(text()).toContain(zh.item.by_rest);
  await tap("[data-undo]");
  expect(shell.called("take_back_rest")).toEqual([{ inspection: "i1", items: ["SAN-01", "SAN-02"] }]);
  expect(router.currentRoute.value.params.code, "back where it was tapped").toBe("SAN-01");
  expect(find("[data-rest]")).not.toBeNull();
});

test("the rest leaves out items with a recorded problem, and says how many", async () => {
  disk(item({ code: "SAN-01" }), item({ code: "SAN-02", findings: [finding()] }), item({ code: "SAN-03" }));
  await openItem("SAN-01");
  expect(find("[data-rest]")?.textContent).toContain("其余 2 项");
  expect(text()).toContain("另有 1 项");
});

test("a phrase written before goes into the note by a tap, once, after what is there", async () => {
  disk(item({ code: "SAN-01", answer: agreed("fail") }));
  shell.on("phrases", (args: { item: string }) => (args.item === "SAN-01" ? ["纸箱堆放", "已通知物业整改"] : []));
  await openItem("SAN-01");
  await tap("[data-new-finding]");
  const offered = [...document.body.querySelectorAll(".finding-sheet .phrases button")].map((each) => each.textContent);
  expect(offered.slice(0, 2)).toEqual(["纸箱堆放", "已通知物业整改"]);
  expect(new Set(offered).size, "what everybody might write is not offered twice").toBe(offered.length);
  await type("textarea[name=note]", "三楼");
  await tap(saying("纸箱堆放"));
  await tap(saying("纸箱堆放"));
  expect((find("textarea[name=note]") as HTMLTextAreaElement).value).toBe("三楼；纸箱堆放");
});

test("a finding near an earlier one may be joined with it by a person, or kept apart for good", async () => {
  const earlier = finding({ id: "f1", by: COLLEAGUE });
  const again = finding({ id: "f2", at: earlier.at + 60_000 });
  disk(item({ code: "SAN-05", answer: agreed("fail"), findings: [earlier, again] }));
  shell.on("finding_join", () => item({ code: "SAN-05", answer: agreed("fail"), findings: [earlier] }));
  await openItem("SAN-05");
  expect(document.body.querySelectorAll("[data-join]"), "the later one is asked about").toHaveLength(1);
  await tap("[data-apart]");
  expect(find("[data-join]")).toBeNull();
  localStorage.clear();
  await openItem("SAN-05");
  await tap("[data-join]");
  expect(shell.called("finding_join")).toEqual([
    { inspection: "i1", finding: "f2", into: "f1", reason: "与李华 10:05 记录的问题为同一处（相距 0 米）" },
  ]);
});

const SURVEY = { scale: "ratio", full: 8000, half: null, proportional: true } as const;

test("one tap a person, counted, and the last one can be taken back", async () => {
  let survey = { yes: 0, no: 0, void: 0, mine: 0 };
  const asked = () =>
    item({
      code: "GRN-14",
      scale: SURVEY,
      evidence: [{ kind: "questionnaire", least: 20 }],
      survey,
      answer: survey.mine ? agreed(`${survey.yes}/${survey.yes + survey.no}`) : UNANSWERED,
    });
  shell.on("inspection", () => inspection([asked()]));
  shell.on("respond", ({ opinion }: { opinion: "yes" | "no" | "void" }) => {
    survey = { ...survey, [opinion]: survey[opinion] + 1, mine: survey.mine + 1 };
    return asked();
  });
  shell.on("take_back_response", () => {
    survey = { ...survey, no: survey.no - 1, mine: survey.mine - 1 };
    return asked();
  });
  await openItem("GRN-14");
  expect(text()).toContain("至少 20 份");
  for (const opinion of ["yes", "yes", "no"]) await tap(`[data-opinion=${opinion}]`);
  expect(text()).toContain("66%");
  expect(text()).toContain("还差 17 份");
  await tap("[data-take-back]");
  expect(text()).toContain("有效 2 份：是 2，否 0");
  expect(shell.called("respond")[0]).toEqual({ inspection: "i1", item: "GRN-14", opinion: "yes" });
});

test("totals of paper forms are typed instead, as long as nobody was asked here", async () => {
  disk(item({ code: "GRN-14", scale: SURVEY, survey: { yes: 0, no: 0, void: 0, mine: 0 } }));
  await openItem("GRN-14");
  await tap("[data-paper]");
  await type("[data-number=planned] input", "20");
  await type("[data-number=done] input", "17");
  await tap("[data-answer=ratio]");
  expect(shell.called("answer")).toEqual([{ inspection: "i1", item: "GRN-14", value: "17/20" }]);
});

test("what was counted and what was typed differ until the supervisor decides: nothing is offered that must fail", async () => {
  const answer = conflict("3/4", "17/20");
  answer.values[0]!.how = "survey";
  const survey = { yes: 3, no: 1, void: 0, mine: 4 };
  const asked = item({ code: "GRN-14", scale: SURVEY, survey, answer });
  disk(asked);
  shell.on("respond", asked);
  const { router } = await openItem("GRN-14");
  expect(find(".conflict")?.textContent).toContain(zh.differences.counted);
  for (const offer of ["[data-keep]", "[data-change]", "[data-answer]"]) expect(find(offer), offer).toBeNull();
  await tap("[data-opinion=yes]");
  expect(shell.called("respond"), "whoever is asked next is counted").toHaveLength(1);
  await router.push("/inspections/i1/differences");
  await settle();
  expect(find(".conflict")?.textContent).toContain(zh.differences.counted);
  expect(find("[data-keep]")).toBeNull();
});

test("a sum cannot be typed any more once somebody is counted", async () => {
  disk(item({ code: "GRN-14", scale: SURVEY, survey: { yes: 0, no: 0, void: 0, mine: 0 } }));
  await openItem("GRN-14");
  await tap("[data-paper]");
  expect(find("[data-answer=ratio]")).not.toBeNull();
  items = [item({ code: "GRN-14", scale: SURVEY, survey: { yes: 1, no: 0, void: 0, mine: 0 }, answer: agreed("1/1") })];
  shell.emit("changed", { inspection: "i1" });
  await settle();
  expect(find("[data-answer=ratio]")).toBeNull();
  expect(find("[data-opinion=yes]")).not.toBeNull();
});

test("whether a colleague's photo has arrived only his phone knows: nothing is said of it here", async () => {
  const theirs = photo({ id: "p1", by: COLLEAGUE, delivered: true });
  const mine = photo({ id: "p2", hash: "bb22", delivered: false });
  disk(item({ code: "SAN-01", photos: [theirs, mine, { ...mine, id: "p3", hash: "cc33", delivered: true }] }));
  await openItem("SAN-01");
  const said = [...document.querySelectorAll(".body figcaption")].map((words) => words.textContent);
  expect(said[0]).not.toContain(zh.photo.delivered);
  expect(said[0]).not.toContain(zh.photo.pending);
  expect(said[1]).toContain(zh.photo.pending);
  expect(said[2]).toContain(zh.photo.delivered);
});

test("whoever comes back from the camera without a photo is told quietly what may help, until there is one", async () => {
  disk(item({ code: "SAN-01" }));
  await openItem("SAN-01");
  const input = (way: string) => find(`.body [data-photo=${way}] input`) as HTMLInputElement;
  const comesBack = async (way: string, event: string, files: File[]) => {
    Object.defineProperty(input(way), "files", { value: files, configurable: true });
    input(way).dispatchEvent(new Event(event, { bubbles: true }));
    await settle();
  };
  await comesBack("album", "cancel", []);
  expect(text(), "who has chosen nothing knows that").not.toContain(zh.photo.missed_camera);
  await comesBack("camera", "cancel", []);
  await comesBack("camera", "cancel", []);
  const told = () => [...document.querySelectorAll(".body [role=status]")].map((words) => words.textContent);
  expect(told()).toEqual([zh.photo.missed_camera]);
  expect(find(".save-failed")).toBeNull();
  shell.on("photo_add", photo());
  await comesBack("camera", "change", [new File([new Uint8Array([1])], "a.jpg", { type: "image/jpeg" })]);
  await expect.poll(told).toEqual([]);
  await comesBack("camera", "change", []);
  expect(told(), "a system that refuses hands over no file").toEqual([zh.photo.missed_camera]);
});

test("a phrase of the item's own kinds comes before what anybody might write", async () => {
  disk(item({ code: "SAN-05", answer: agreed("fail") }));
  shell.on("phrases", ["纸箱堆放"]);
  await openItem("SAN-05");
  await tap("[data-new-finding]");
  const offered = [...document.body.querySelectorAll(".finding-sheet .phrases button")].map((each) => each.textContent);
  expect(offered.slice(0, 3)).toEqual(["纸箱堆放", "暴露垃圾", "成片垃圾堆"]);
  expect(offered.at(-1)).toBe(zh.phrases.coordinate);
});

test("an asset's number is read from a picture of its code; without one it is typed", async () => {
  const asked = item({ code: "FAC-07", answer: agreed("fail"), evidence: [{ kind: "asset_qr", least: 1 }] });
  disk(asked);
  await openItem("FAC-07");
  await tap("[data-new-finding]");
  const show = async () => {
    const input = find("[data-photo=code] input") as HTMLInputElement;
    const file = new File([new Uint8Array([1, 2, 3])], "plate.jpg", { type: "image/jpeg" });
    Object.defineProperty(input, "files", { value: [file], configurable: true });
    input.dispatchEvent(new Event("change", { bubbles: true }));
    await expect.poll(() => shell.called("read_code").length).toBeGreaterThan(0);
    await settle();
  };
  shell.on("read_code", fails("code_not_found"));
  await show();
  await expect.poll(() => find("[data-code-trouble]")?.textContent).toContain("直接输入铭牌上的编号");
  const number = () => (find("input[name=asset]") as HTMLInputElement).value;
  expect(number()).toBe("");
  shell.on("read_code", "KM-WH-LD-003217");
  await show();
  await expect.poll(number).toBe("KM-WH-LD-003217");
  expect(find("[data-code-trouble]")).toBeNull();
});

test("a photo says how far it has got, and when it never will", async () => {
  const photos = [
    photo({ id: "p1", delivered: true }),
    photo({ id: "p2" }),
    photo({ id: "p3", refused: true }),
    photo({ id: "p4", lost: true, on_device: false }),
  ];
  shell.on("inspection", inspection([item({ code: "SAN-01", photos })]));
  await openAt("/inspections/i1/items/SAN-01");
  const words = [...document.querySelectorAll("figcaption .row")].map((row) => row.textContent);
  expect(words).toEqual([zh.photo.delivered, zh.photo.pending, zh.photo.refused, zh.photo.lost]);
});
