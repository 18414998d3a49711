import { beforeEach, expect, test, vi } from "vitest";
import type { DraftView } from "@/lib/bindings";
import { agreed, caseView, finding, inspection, item, photo } from "@/testing/samples";
import { find, openAt, openItem, settle, tap, type } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

const ITEMS = [item({ code: "SAN-05", answer: agreed("fail"), findings: [finding()] }), item({ code: "SAN-06" })];
const REASON = "textarea[name=reason]";
const REMARK = "textarea[name=remark]";
const CASE = "textarea[name=case-text]";
let shell: Shell;
let drafts: Map<string, DraftView>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  shell = installShell();
  drafts = new Map();
  shell.on("inspection", inspection(ITEMS));
  shell.on("photo", new ArrayBuffer(8));
  shell.on("draft_keep", ({ inspection, item, draft }: { inspection: string; item: string; draft: DraftView }) => {
    drafts.set(`${inspection} ${item}`, draft);
    return null;
  });
  shell.on("draft", ({ inspection, item }: { inspection: string; item: string }) => {
    return drafts.get(`${inspection} ${item}`) ?? null;
  });
  return () => vi.useRealTimers();
});

const said = (field: string) => (find(field) as HTMLTextAreaElement).value;

test("a remark that is being written stays with its item, also when the app is ended, until it is added", async () => {
  shell.on("remark_add", inspection(ITEMS));
  const { router } = await openItem("SAN-05");
  await tap("[data-remark]");
  await type(REMARK, "物业已到场");
  await tap(".van-popup .close");
  await router.replace("/inspections/i1/items/SAN-06");
  await settle();
  await tap("[data-remark]");
  expect(said(REMARK), "it is about another item").toBe("");
  document.body.innerHTML = "";
  await openItem("SAN-05");
  await tap("[data-remark]");
  expect(said(REMARK)).toBe("物业已到场");
  await tap("[data-add]");
  expect(shell.called("remark_add")).toEqual([{ inspection: "i1", item: "SAN-05", text: "物业已到场" }]);
  await tap("[data-remark]");
  expect(said(REMARK)).toBe("");
});

test("a remark that could not be added stays to be added again", async () => {
  shell.on("remark_add", fails("storage_full"));
  await openItem("SAN-05");
  await tap("[data-remark]");
  await type(REMARK, "物业已到场");
  await tap("[data-add]");
  expect(said(REMARK)).toBe("物业已到场");
});

test("the reason of a strike is given back to what it is the reason of, until that is struck", async () => {
  shell.on("strike", inspection(ITEMS));
  await openItem("SAN-05");
  await tap(".finding .strike");
  await type(REASON, "拍错了地方");
  document.body.innerHTML = "";
  await openItem("SAN-05");
  await tap(".finding .strike");
  expect(said(REASON)).toBe("拍错了地方");
  await tap("[data-strike]");
  expect(shell.called("strike")).toMatchObject([{ target: { kind: "finding", id: "f1" }, reason: "拍错了地方" }]);
  await tap(".finding .strike");
  expect(said(REASON)).toBe("");
});

test("what is said about a case is given back to the act it was said about, until that is done", async () => {
  const taken = [photo({ id: "a1", role: "after" })];
  shell.on("case", caseView({ taken }));
  shell.on("case_act", caseView({ taken }));
  await openAt("/cases/c1");
  await tap("[data-act=fix]");
  await type(CASE, "已清运");
  await tap(".van-popup .close");
  await tap("[data-act=give_back]");
  expect(said(CASE)).toBe("");
  document.body.innerHTML = "";
  await openAt("/cases/c1");
  await tap("[data-act=fix]");
  expect(said(CASE)).toBe("已清运");
  await tap("[data-case-say]");
  await tap("[data-act=fix]");
  expect(said(CASE)).toBe("");
});

test("a phone that keeps no words for cases says nothing of it", async () => {
  shell.on("case", caseView());
  shell.on("draft_keep", fails("not_found"));
  shell.on("case_act", caseView());
  await openAt("/cases/c1");
  await tap("[data-act=give_back]");
  await type(CASE, "不属于本单位");
  expect(find(".save-failed")).toBeNull();
  await tap("[data-case-say]");
  expect(shell.called("case_act")).toMatchObject([{ act: "give_back", text: "不属于本单位" }]);
});

test("what a thumb typed before the words of last time were read is added to them", async () => {
  let read: (draft: unknown) => void = () => {};
  shell.on("draft", () => new Promise((resolve) => (read = resolve)));
  await openItem("SAN-05");
  await tap("[data-remark]");
  await type(REMARK, "已离开");
  read({ kind: "", note: "物业到场，", place: "", point: null, fixed_on_spot: false, asset: "", photos: [] });
  await settle();
  expect(said(REMARK)).toBe("物业到场，已离开");
  expect(drafts.get("i1 remark:SAN-05")?.note).toBe("物业到场，已离开");
});
