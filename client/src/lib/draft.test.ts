import { beforeEach, expect, test } from "vitest";
import type { DraftView } from "@/lib/bindings";
import { draftWriter, takeOverDrafts } from "@/lib/draft";
import { fails, installShell, type Shell } from "@/testing/shell";

const DRAFT: DraftView = {
  kind: "SAN-05-1",
  note: "约三袋",
  place: "3栋",
  point: null,
  fixed_on_spot: false,
  asset: "",
  photos: ["p1"],
};
const KEY = "rounds.finding.i1.SAN-05";
let shell: Shell;
beforeEach(() => {
  shell = installShell();
  localStorage.clear();
});

test("what an earlier version left in the open is taken over and removed there", async () => {
  const { photos, ...fields } = DRAFT;
  localStorage.setItem(KEY, JSON.stringify({ fields, photos }));
  localStorage.setItem("rounds.finding.i1.SAN-06", "half of it");
  localStorage.setItem("rounds.settings", "{}");
  shell.on("draft_keep", null);
  await takeOverDrafts();
  expect(shell.called("draft_keep")).toEqual([{ inspection: "i1", item: "SAN-05", draft: DRAFT }]);
  expect(Object.keys(localStorage)).toEqual(["rounds.settings"]);
});

test("a draft of somebody else waits for him, and one that a full disk does not take stays", async () => {
  const { photos, ...fields } = DRAFT;
  for (const code of ["not_found", "storage_full"]) {
    localStorage.setItem(KEY, JSON.stringify({ fields, photos }));
    shell.on("draft_keep", fails(code));
    await takeOverDrafts();
    expect(localStorage.getItem(KEY), code).not.toBeNull();
  }
});

test("while one is written only the last that came is written next, and then all is settled", async () => {
  const written: string[] = [];
  let release = () => {};
  shell.on("draft_keep", async ({ draft }: { draft: DraftView }) => {
    await new Promise<void>((resolve) => (release = resolve));
    written.push(draft.note);
    return null;
  });
  const drafts = draftWriter();
  for (const note of ["约", "约三", "约三袋"]) drafts.keep("i1", "SAN-05", { ...DRAFT, note });
  const settled = drafts.settled();
  release();
  await Promise.resolve();
  while (written.length < 2) {
    release();
    await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  }
  await settled;
  expect(written).toEqual(["约", "约三袋"]);
});
