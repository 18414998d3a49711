import { expect, test } from "vitest";
import type { Scale } from "@/api/schema";
import { readAnswer, toneOf, writeGraded, writeRatio, writeSample } from "@/format/answer";

const pass: Scale = { scale: "pass" };
const count: Scale = { scale: "count", off: 100 };
const sample: Scale = { scale: "sample", of: 5 };
const ratio: Scale = { scale: "ratio", full: 9000, half: 6000, proportional: false };
const strict: Scale = { scale: "ratio", full: 10000, proportional: false };
const graded: Scale = {
  scale: "graded",
  standards: [1, 2, 3, 4].map((n) => ({ zh: `标准${n}`, en: `standard ${n}` })),
};

const tone = (value: string | null, scale: Scale) => toneOf(readAnswer(value, scale), scale);

test("every scale's canonical text is read", () => {
  expect(readAnswer("pass", pass)).toEqual({ is: "pass" });
  expect(readAnswer("fail", count)).toEqual({ is: "fail" });
  expect(readAnswer("4/5", sample)).toEqual({ is: "sample", passed: 4, of: 5 });
  expect(readAnswer("47/50", ratio)).toEqual({ is: "ratio", done: 47, planned: 50, percent: 94 });
  expect(readAnswer("1,3/4", graded)).toEqual({ is: "graded", met: [1, 3], of: 4 });
  expect(readAnswer("/4", graded)).toEqual({ is: "graded", met: [], of: 4 });
});

test("not applicable and not answered are said on every scale", () => {
  for (const scale of [pass, count, sample, ratio, graded]) {
    expect(readAnswer("na", scale)).toEqual({ is: "na" });
    expect(readAnswer(null, scale)).toEqual({ is: "none" });
  }
});

test("a value of another scale is shown as it is, never guessed at", () => {
  expect(readAnswer("pass", sample)).toEqual({ is: "unknown", text: "pass" });
  expect(readAnswer("4/5", pass)).toEqual({ is: "unknown", text: "4/5" });
  expect(readAnswer("1,,3/4", graded)).toEqual({ is: "unknown", text: "1,,3/4" });
});

test("what is written is read back", () => {
  expect(readAnswer(writeSample(3, 5), sample)).toEqual({ is: "sample", passed: 3, of: 5 });
  expect(readAnswer(writeRatio(9, 10), ratio)).toMatchObject({ done: 9, planned: 10 });
  expect(writeGraded([4, 1, 10], 12), "standards stand in ascending order").toBe("1,4,10/12");
});

test("a value looks as good as it is", () => {
  expect(tone("pass", pass)).toBe("good");
  expect(tone("fail", count)).toBe("bad");
  expect(["5/5", "4/5", "3/5"].map((value) => tone(value, sample))).toEqual(["good", "partial", "bad"]);
  expect(["45/50", "30/50", "29/50"].map((value) => tone(value, ratio))).toEqual(["good", "partial", "bad"]);
  expect(tone("999/1000", strict), "rounding must not lift a ratio over its threshold").toBe("bad");
  expect(["1,2,3,4/4", "2/4", "/4"].map((value) => tone(value, graded))).toEqual(["good", "partial", "bad"]);
  expect([null, "na"].map((value) => tone(value, pass))).toEqual(["quiet", "quiet"]);
});
