import { expect, test } from "vitest";
import type { ItemView, RemarkView } from "@/lib/bindings";
import { demandsOfFinding, gaps, lacksFinding, missingOf } from "@/lib/evidence";
import { agreed, conflict, finding, item, ME, photo } from "@/testing/samples";

const point = { lat: 25, lon: 102, accuracy_m: 8 };
const remark = (text: string, code = "SAN-05"): RemarkView => ({
  id: text,
  item: code,
  text,
  by: ME,
  at: 0,
  held: false,
});
/** What is missing, in words short enough to compare: `f1 photo 1/2`. */
const missing = (of: ItemView, ...remarks: RemarkView[]) =>
  gaps(of, remarks).flatMap((gap) =>
    gap.missing.map(({ kind, have, least }) => `${gap.finding?.id ?? "item"} ${kind} ${have}/${least}`),
  );
const bad = (over: Partial<ItemView>) => item({ answer: agreed("fail"), ...over });

test("a good answer needs no proof", () => {
  expect(missing(item({ answer: agreed("pass") }))).toEqual([]);
});

test("a bad answer without a finding asks for exactly what the item names", () => {
  expect(missing(bad({}))).toEqual(["item photo 0/2", "item point 0/1"]);
  expect(missing(bad({ photos: [photo({ id: "p1", point }), photo({ id: "p2" })] }))).toEqual([]);
});

test("every finding must show what the item asks: the photos of one prove nothing of another", () => {
  const rich = finding({ id: "f1", point, photos: [photo({ id: "p1" }), photo({ id: "p2" })] });
  const poor = finding({ id: "f2", point: null, photos: [] });
  expect(missing(bad({ findings: [rich] }))).toEqual([]);
  expect(missing(bad({ findings: [rich, poor] }))).toEqual(["f2 photo 0/2", "f2 point 0/1"]);
  expect(missingOf(gaps(bad({ findings: [poor, { ...poor, id: "f3" }] }), []))).toEqual([
    { kind: "photo", n: 4 },
    { kind: "point", n: 2 },
  ]);
  expect(missing(item({ answer: agreed("pass"), findings: [poor] })), "whatever the answer is").toHaveLength(2);
});

test("a struck finding asks for nothing, nor does one that waits for a ruling", () => {
  const struck = finding({ id: "f1", struck: { reason: "看错", by: ME, at: 0 } });
  expect(missing(item({ answer: agreed("pass"), findings: [struck, finding({ id: "f2", held: true })] }))).toEqual([]);
});

test("a drawn copy is no further photo, and a struck one none at all", () => {
  const one = photo({ id: "p1" });
  const copy = photo({ id: "p2", copy_of: "p1", source: "drawn" });
  const struck = photo({ id: "p3", struck: { reason: "糊", by: ME, at: 0 } });
  expect(missing(bad({ findings: [finding({ point, photos: [one, copy, struck, one] })] }))).toEqual(["f1 photo 1/2"]);
});

test("what was put right on the spot must show that it was", () => {
  const photos = [photo({ id: "p1" }), photo({ id: "p2" })];
  const fixed = finding({ point, photos, fixed_on_spot: true });
  expect(missing(bad({ findings: [fixed] }))).toEqual(["f1 after 0/1"]);
  const shown = { ...fixed, photos: [...photos, photo({ id: "p3", role: "after" })] };
  expect(missing(bad({ findings: [shown] }))).toEqual([]);
  expect(demandsOfFinding(bad({}), fixed).map(({ kind }) => kind)).toEqual(["photo", "point", "after"]);
});

test("an asset's number and an area in words are what a finding may be asked for besides", () => {
  const asked = {
    evidence: [
      { kind: "asset_qr" as const, least: 1 },
      { kind: "area" as const, least: 1 },
    ],
  };
  const bare = finding({ asset: " ", note: "草坪裸露" });
  expect(missing(bad({ ...asked, findings: [bare] }))).toEqual(["f1 asset_qr 0/1", "f1 area 0/1"]);
  const said = finding({ asset: "KM-01", note: "草坪裸露约3平方米" });
  expect(missing(bad({ ...asked, findings: [said] }))).toEqual([]);
});

test("a document is asked of any answer: as a photo of the item, or by its number in words", () => {
  const file = item({ evidence: [{ kind: "document", least: 1 }], answer: agreed("pass") });
  expect(missing(file)).toEqual(["item document 0/1"]);
  expect(missing({ ...file, answer: agreed("na") })).toEqual([]);
  expect(missing({ ...file, photos: [photo()] })).toEqual([]);
  const paper = finding({ photos: [photo()] });
  expect(missing({ ...file, findings: [paper] }), "from the drawer, which needs no other photo").toEqual([]);
  const both = item({ ...file, evidence: [{ kind: "photo", least: 1 }, ...file.evidence] });
  expect(missing({ ...both, findings: [paper] }), "that photo shows the finding").toEqual(["item document 0/1"]);
  expect(missing(file, remark("昆文明委〔2024〕5号"))).toEqual([]);
  expect(missing(file, remark("在3号楼"), remark("昆文明委〔2024〕5号", "SAN-06"))).toEqual(["item document 0/1"]);
  const found = finding({ note: "制度(2023)第12号未上墙" });
  expect(missing({ ...file, answer: agreed("fail"), findings: [found] })).toEqual([]);
});

test("one photo of an item shows one thing", () => {
  const evidence = [
    { kind: "document" as const, least: 1 },
    { kind: "plan" as const, least: 1 },
  ];
  const papers = item({ evidence, answer: agreed("pass"), photos: [photo({ id: "p1" })] });
  expect(missing(papers)).toEqual(["item document 0/1"]);
  expect(missing({ ...papers, photos: [photo({ id: "p1" }), photo({ id: "p2" })] })).toEqual([]);
});

test("while a conflict is open the stricter value asks for its proof", () => {
  expect(missing(item({ answer: conflict("pass", "fail") }))).toHaveLength(2);
});

test("a count that says there are findings wants one that still counts", () => {
  const count = { scale: "count", off: 100 } as const;
  const struck = finding({ struck: { reason: "看错", by: finding().by, at: 0 } });
  expect(lacksFinding(item({ scale: count, answer: agreed("fail"), findings: [struck] }))).toBe(true);
  expect(lacksFinding(item({ scale: count, answer: agreed("fail"), findings: [finding()] }))).toBe(false);
});

test("a questionnaire wants its forms, however good the result", () => {
  const survey = item({
    scale: { scale: "ratio", full: 8000, half: null, proportional: true },
    evidence: [{ kind: "questionnaire", least: 20 }],
    survey: { yes: 11, no: 1, void: 3, mine: 15 },
    answer: agreed("11/12"),
  });
  expect(missing(survey)).toEqual(["item questionnaire 12/20"]);
  expect(missing({ ...survey, survey: null, answer: agreed("19/20") }), "typed from paper").toEqual([]);
});
