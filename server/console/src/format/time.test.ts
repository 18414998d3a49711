import { expect, test } from "vitest";
import { age, dayOf, fullTime, momentOf, shortTime } from "@/format/time";

// 2026-11-23 16:30 UTC is half past midnight of the next day in Kunming.
const night = Date.UTC(2026, 10, 23, 16, 30, 5);

test("days and clock times are the city's", () => {
  expect(dayOf(night)).toBe("2026-11-24");
  expect(fullTime(night)).toBe("2026-11-24 00:30:05");
});

test("a clock time that was typed is the city's, whatever the browser's zone", () => {
  expect(momentOf("2026-11-24 00:30:05")).toBe(night);
  expect(momentOf(fullTime(night))).toBe(night);
  expect(momentOf("soon")).toBeNull();
});

test("the year is said only when it is not this one", () => {
  expect(shortTime(night, night)).toBe("11-24 00:30");
  expect(shortTime(Date.UTC(2025, 0, 2), night)).toBe("2025-01-02 08:00");
});

test("an age is told in its largest unit, and a clock that runs ahead is no age", () => {
  const minute = 60_000;
  expect(age(night + minute, night)).toEqual({ unit: "now" });
  expect(age(night - 59 * minute, night)).toEqual({ unit: "minutes", count: 59 });
  expect(age(night - 60 * minute, night)).toEqual({ unit: "hours", count: 1 });
  expect(age(night - 49 * 60 * minute, night)).toEqual({ unit: "days", count: 2 });
});
