import { expect, test } from "vitest";
import { isWrong, skewOf } from "@/lib/clock";

const MINUTE = 60_000;

test("how far a clock is off is said in the unit that says it well", () => {
  expect(skewOf(20_000)).toBeNull();
  expect(skewOf(7 * MINUTE)).toEqual({ way: "ahead", unit: "minutes", n: 7 });
  expect(skewOf(-119 * MINUTE)).toEqual({ way: "behind", unit: "minutes", n: 119 });
  expect(skewOf(-8 * 60 * MINUTE)).toEqual({ way: "behind", unit: "hours", n: 8 });
  expect(skewOf(3 * 365 * 24 * 60 * MINUTE)).toEqual({ way: "ahead", unit: "days", n: 1095 });
});

test("a clock that people set by another one is not called wrong", () => {
  expect([isWrong(-4 * MINUTE), isWrong(5 * MINUTE)]).toEqual([false, true]);
});
