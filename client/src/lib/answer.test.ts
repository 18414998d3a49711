import { describe, expect, test } from "vitest";
import { answerLook, gradedValue, isDeficient, isRatio, itemState, percent, standardsMet } from "@/lib/answer";
import type { Scale } from "@/lib/bindings";
import { agreed, conflict, item } from "@/testing/samples";

const ratio: Scale = { scale: "ratio", full: 9500, half: null, proportional: false };
const graded: Scale = { scale: "graded", standards: Array.from({ length: 4 }, () => ({ zh: "一", en: "one" })) };

describe("canonical texts", () => {
  test("standards are written in order, none met included", () => {
    expect(gradedValue([3, 1, 3], 4)).toBe("1,3/4");
    expect(gradedValue([], 4)).toBe("/4");
    expect(standardsMet("1,3/4")).toEqual([1, 3]);
    expect(standardsMet("/4")).toEqual([]);
    expect(standardsMet("na")).toBeNull();
  });

  test("a ratio needs something planned and no more done than that", () => {
    expect(isRatio({ done: 0, planned: 0 })).toBe(false);
    expect(isRatio({ done: 51, planned: 50 })).toBe(false);
    expect(isRatio({ done: 50, planned: 50 })).toBe(true);
    // As a field gives it that was cleared.
    const cleared = "" as unknown as number;
    expect(isRatio({ done: cleared, planned: 10 })).toBe(false);
    expect(isRatio({ done: 0, planned: cleared })).toBe(false);
  });

  test("a percentage never rounds up to a threshold it misses", () => {
    expect(percent({ done: 999, planned: 1000 })).toBe(99);
  });
});

test.each([
  [{ scale: "pass" }, "pass", false],
  [{ scale: "pass" }, "fail", true],
  [{ scale: "count", off: 100 }, "fail", true],
  [{ scale: "sample", of: 5 }, "5/5", false],
  [{ scale: "sample", of: 5 }, "4/5", true],
  [ratio, "95/100", false],
  [ratio, "94/100", true],
  [graded, "1,2,3,4/4", false],
  [graded, "/4", true],
  [graded, "na", false],
] as [Scale, string, boolean][])("%o with %s is deficient: %s", (scale, value, expected) => {
  expect(isDeficient(scale, value)).toBe(expected);
});

test("a list shows first what needs a person", () => {
  expect(itemState(item({ pending: true, answer: conflict("pass", "fail") }))).toBe("pending");
  expect(itemState(item({ answer: conflict("pass", "fail") }))).toBe("conflict");
  expect(itemState(item())).toBe("none");
  expect(itemState(item({ answer: agreed("na") }))).toBe("na");
  expect(itemState(item({ answer: agreed("fail") }))).toBe("bad");
});

test("a look has a word and an icon for every scale", () => {
  expect(answerLook({ scale: "sample", of: 5 }, "4/5")).toMatchObject({
    word: "answer.sample",
    named: { done: 4, planned: 5 },
  });
  expect(answerLook(ratio, "47/50").named).toMatchObject({ percent: 94 });
  expect(answerLook(graded, "1,3/4").named).toEqual({ met: 2, of: 4 });
});
