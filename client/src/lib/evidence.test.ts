import { expect, test } from "vitest";
import { lacksFinding, missingEvidence } from "@/lib/evidence";
import { agreed, conflict, finding, item, photo } from "@/testing/samples";

const point = { lat: 25, lon: 102, accuracy_m: 8 };

test("a good answer needs no proof", () => {
  expect(missingEvidence(item({ answer: agreed("pass") }))).toEqual([]);
});

test("a bad answer asks for exactly what the item names", () => {
  const missing = missingEvidence(item({ answer: agreed("fail") }));
  expect(missing).toEqual([
    { kind: "photo", least: 2, have: 0 },
    { kind: "point", least: 1, have: 0 },
  ]);
});

test("a photo listed with its finding and with its item counts once, a struck one not at all", () => {
  const one = photo({ id: "p1" });
  const struck = photo({ id: "p2", struck: { reason: "糊", by: one.by, at: 0 } });
  const seen = item({ answer: agreed("fail"), photos: [one, struck], findings: [finding({ point, photos: [one] })] });
  expect(missingEvidence(seen)).toEqual([{ kind: "photo", least: 2, have: 1 }]);
});

test("while a conflict is open the stricter value asks for its proof", () => {
  expect(missingEvidence(item({ answer: conflict("pass", "fail") }))).toHaveLength(2);
});

test("a count that says there are findings wants one that still counts", () => {
  const count = { scale: "count", off: 100 } as const;
  const struck = finding({ struck: { reason: "看错", by: finding().by, at: 0 } });
  expect(lacksFinding(item({ scale: count, answer: agreed("fail"), findings: [struck] }))).toBe(true);
  expect(lacksFinding(item({ scale: count, answer: agreed("fail"), findings: [finding()] }))).toBe(false);
});

test("a drawn copy is no further photo", () => {
  const one = photo({ id: "p1" });
  const copy = photo({ id: "p2", copy_of: "p1", source: "drawn" });
  const seen = item({ answer: agreed("fail"), findings: [finding({ point })], photos: [one, copy] });
  expect(missingEvidence(seen)).toEqual([{ kind: "photo", least: 2, have: 1 }]);
});

test("a questionnaire wants its forms, however good the result", () => {
  const survey = item({
    scale: { scale: "ratio", full: 8000, half: null, proportional: true },
    evidence: [{ kind: "questionnaire", least: 20 }],
    survey: { yes: 11, no: 1, void: 3, mine: 15 },
    answer: agreed("11/12"),
  });
  expect(missingEvidence(survey)).toEqual([{ kind: "questionnaire", least: 20, have: 12 }]);
  expect(missingEvidence({ ...survey, survey: null, answer: agreed("19/20") }), "typed from paper").toEqual([]);
});
