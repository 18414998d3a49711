import { expect, test } from "vitest";
import { bytes, clock, dayOf, dayWords, daysUntil, points } from "@/lib/moment";

test("times are Shanghai's on any phone", () => {
  expect(clock(Date.UTC(2026, 10, 23, 16, 5), "zh-CN")).toBe("00:05");
  expect(dayOf(Date.UTC(2026, 10, 23, 16, 5))).toBe("2026-11-24");
});

test("days are counted whole", () => {
  expect(daysUntil("2026-11-30", "2026-12-01")).toBe(1);
  expect(daysUntil("2026-11-23", "2026-11-21")).toBe(-2);
  expect(dayWords("2026-11-23", "zh-CN")).toContain("11月23日");
});

test("amounts read as a person writes them", () => {
  expect(bytes(0, "en")).toBe("0 B");
  expect(bytes(2_430_000, "en")).toBe("2.3 MB");
  expect(points(8650, "zh-CN")).toBe("86.5");
});
