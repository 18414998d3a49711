import { beforeEach, expect, test } from "vitest";
import type { PhotoView } from "@/lib/bindings";
import zh from "@/locales/zh-CN.json";
import { caseCard, caseView, photo, state, SUPERVISOR } from "@/testing/samples";
import { find, openAt, saying, settle, show, tap, text, type } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

const done = photo({ id: "a1", hash: "aa22", role: "after" });
let shell: Shell;
beforeEach(() => {
  shell = installShell();
  shell.on("photo", new ArrayBuffer(8));
});

test("today shows what is to be put right, and leads to all cases", async () => {
  const today = { day: "2026-11-23", returned: [], cases: [caseCard()], assignments: [], open: [], done: [] };
  shell.on("today", today);
  shell.on("cases", {
    to_fix: [caseCard()],
    to_check: [caseCard({ id: "c2", state: "checking", part: "check" })],
    others: [caseCard({ id: "c3", state: "closed", part: "none" })],
  });
  const { router } = await openAt("/");
  expect(find("[data-case=c1]")?.textContent).toContain("3栋2单元门前");
  await tap(".all-cases");
  expect(router.currentRoute.value.name).toBe("cases");
  const heads = [...document.querySelectorAll("h2")].map((head) => head.textContent);
  expect(heads).toEqual(["待整改（1）", "待核查（1）", "其他案件（1）"]);
  expect(find("[data-case=c3]")?.textContent, "a closed case is not overdue").not.toContain("到期");
});

test("somebody of a responsible unit has cases, and nothing to inspect", async () => {
  shell.on("state", state({ user: { id: "u3", login: "unit1", name: "张涛", role: "unit" } }));
  await openAt("/");
  expect(text()).toContain(zh.case.none);
  expect(saying(zh.today.unplanned)).toBeNull();
});

test("before and after stand side by side, and nothing is fixed without a photo", async () => {
  shell.on("case", caseView());
  await openAt("/cases/c1");
  expect(find("[data-side=before] figure")?.textContent).toContain(zh.photo.camera);
  expect(find("[data-side=after]")?.textContent).toContain(zh.case.no_photo);
  expect(find("[data-act=fix]")).toHaveProperty("disabled", true);

  shell.on("case", caseView({ taken: [done] }));
  shell.on("case_act", caseView({ card: caseCard({ state: "checking", part: "none" }), after: [done], allowed: [] }));
  shell.emit("changed", { inspection: "c1" });
  await settle();
  await tap("[data-act=fix]");
  await type("textarea[name=case-text]", "已清运");
  await tap("[data-case-say]");
  expect(shell.called("case_act")).toEqual([{ case: "c1", act: "fix", text: "已清运", photos: ["a1"] }]);
  expect(text()).toContain(zh.case.state.checking);
  expect(find("[data-act]"), "there is nothing more to do").toBeNull();
});

test("nothing is fixed while a photo of it is on its way, and each is shown as soon as it is on disk", async () => {
  const taken: PhotoView[] = [];
  const coming: (() => void)[] = [];
  shell.on("case", () => caseView({ taken }));
  shell.on("photo_add", async () => {
    await new Promise<void>((resolve) => coming.push(resolve));
    taken.push(photo({ id: `a${taken.length}`, hash: `aa${taken.length}`, role: "after" }));
    return taken.at(-1);
  });
  const arrives = async () => {
    await expect.poll(() => coming.length).toBeGreaterThan(0);
    coming.shift()!();
    await settle();
  };
  await openAt("/cases/c1");
  await show("[data-photo=album]", "one.jpg", "two.jpg");
  await arrives();
  expect(document.querySelectorAll("[data-side=after] figure")).toHaveLength(1);
  await tap("[data-act=fix]");
  expect(find("[data-case-say]"), "one is still on its way").toBeNull();
  await arrives();
  await tap("[data-act=fix]");
  expect(find("[data-case-say]")).not.toBeNull();
});

test("a photo of a case that waits for a ruling says so, and is not sent along", async () => {
  const held = photo({ id: "a2", hash: "aa33", role: "after", held: true });
  shell.on("case", caseView({ taken: [held] }));
  await openAt("/cases/c1");
  expect(find("[data-side=after] figure")?.textContent).toContain(zh.delivery.held);
  expect(saying(zh.case.leave_out)).toBeNull();
  expect(find("[data-act=fix]"), "it proves nothing yet").toHaveProperty("disabled", true);
  shell.on("case", caseView({ taken: [held, done] }));
  shell.on("case_act", caseView());
  shell.emit("changed", { inspection: "c1" });
  await settle();
  await tap("[data-act=fix]");
  await tap("[data-case-say]");
  expect(shell.called("case_act")).toMatchObject([{ photos: ["a1"] }]);
});

test("a check that fails needs a reason", async () => {
  const view = caseView({
    card: caseCard({ state: "checking", part: "check" }),
    after: [done],
    allowed: ["pass", "fail"],
  });
  shell.on("case", view);
  shell.on("case_act", { ...view, allowed: [] });
  await openAt("/cases/c1");
  await tap("[data-act=fail]");
  expect(find("[data-case-say]")).toHaveProperty("disabled", true);
  await type("textarea[name=case-text]", "墙角仍有残留");
  await tap("[data-case-say]");
  expect(shell.called("case_act")).toEqual([{ case: "c1", act: "fail", text: "墙角仍有残留", photos: [] }]);
});

test("a photo that went wrong is left out, and stays recorded", async () => {
  shell.on("case", caseView({ taken: [done] }));
  shell.on("case_photo_strike", caseView());
  await openAt("/cases/c1");
  await tap(saying(zh.case.leave_out));
  expect(shell.called("case_photo_strike")).toEqual([{ case: "c1", photo: "a1", reason: zh.case.left_out }]);
});

test("what had no effect is read with the rest, and a case that moved on says so", async () => {
  const late = { id: "2@b", act: "fix", text: "", by: SUPERVISOR, at: 0, to: null, due: null };
  const events = [...caseView().events, { ...late, took_effect: false, held: false }];
  shell.on("case", caseView({ taken: [done], events }));
  shell.on("case_act", fails("case_changed"));
  await openAt("/cases/c1");
  expect(find(".track .idle")?.textContent).toContain(zh.case.no_effect);
  await tap("[data-act=fix]");
  await tap("[data-case-say]");
  expect(text()).toContain(zh.errors.case_changed.slice(0, 10));
});

test("of a photo that has left the phone the small picture is shown, and that it is elsewhere", async () => {
  const gone = { ...done, on_device: false, delivered: true };
  shell.on("case", caseView({ card: caseCard({ state: "closed", part: "none" }), after: [gone], allowed: [] }));
  await openAt("/cases/c1");
  await settle();
  expect(find("[data-side=after] img")).not.toBeNull();
  expect(find("[data-side=after] [data-away]")?.textContent).toBe(zh.photo.elsewhere);
});
