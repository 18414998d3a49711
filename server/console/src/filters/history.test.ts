import { expect, test } from "vitest";
import { readHistoryFilter, sinceOf, writeHistoryFilter } from "@/filters/history";

const nothing = { seq: null, device: "", at: null, since: null };
const moments = [{ seq: 10 }, { seq: 14 }, { seq: 20 }];

test("a moment survives the address bar", () => {
  const filter = { seq: 14, device: "ab12", at: 1_795_000_000_000, since: 0 };
  expect(readHistoryFilter(writeHistoryFilter(filter) as Record<string, string>)).toEqual(filter);
  expect(writeHistoryFilter(nothing)).toEqual({});
});

test("an address that makes no sense is the present", () => {
  expect(readHistoryFilter({ seq: "-1", at: "noon", since: "1e9" })).toEqual(nothing);
});

test("a moment is compared with the one before it unless somebody chose", () => {
  expect(sinceOf(nothing, moments)).toBe(14);
  expect(sinceOf({ ...nothing, seq: 14 }, moments)).toBe(10);
  expect(sinceOf({ ...nothing, seq: 10 }, moments)).toBe(0);
  expect(sinceOf({ ...nothing, since: 0 }, moments)).toBe(0);
  expect(sinceOf(nothing, [])).toBe(0);
});
