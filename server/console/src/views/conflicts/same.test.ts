import { expect, test } from "vitest";
import type { ConflictRow } from "@/api/schema";
import { sameValues } from "@/views/conflicts/same";

function row(scale: object, ...values: string[]) {
  return { item: { scale }, answer: { values: values.map((value) => ({ value })) } } as unknown as ConflictRow;
}
const pass = { scale: "pass" };

test("only what was recorded for every one of them can hold for all", () => {
  expect(sameValues([row(pass, "pass", "fail"), row(pass, "fail", "na")])).toEqual(["fail"]);
  expect(sameValues([row(pass, "pass", "fail", "fail")])).toEqual(["pass", "fail"]);
  expect(sameValues([row(pass, "pass", "na"), row(pass, "fail")])).toEqual([]);
  expect(sameValues([row(pass, "pass", "fail"), row({ scale: "count", off: 50 }, "fail", "na")])).toEqual(["fail"]);
});

test("items that are answered differently have nothing in common", () => {
  expect(sameValues([row(pass, "na", "pass"), row({ scale: "sample", of: 5 }, "na", "4/5")])).toEqual([]);
  expect(sameValues([])).toEqual([]);
});
