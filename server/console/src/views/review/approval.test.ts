import { expect, test } from "vitest";
import type { InspectionRow } from "@/api/schema";
import { barOf, sortOut, type Bar } from "@/views/review/approval";

const whole = { id: "1", state: "reviewing", conflicts: 0, held: 0, photos_missing: 0, answered: 20, asked: 20 };
const row = (change: object) => ({ ...whole, ...change }) as InspectionRow;

test("only what nobody has to look at any more is approved together with others", () => {
  expect(barOf(row({}))).toBeNull();
  const bars: [object, Bar][] = [
    [{ state: "approved" }, "closed"],
    [{ state: "draft" }, "draft"],
    [{ state: "returned" }, "returned"],
    [{ state: "submitted" }, "submitted"],
    [{ conflicts: 1 }, "conflicts"],
    [{ held: 1 }, "held"],
    [{ photos_missing: 2 }, "photos"],
    [{ answered: 19 }, "unanswered"],
  ];
  for (const [change, bar] of bars) expect(barOf(row(change)), bar).toBe(bar);
});

test("what is left out stands under its reason", () => {
  const { fit, barred } = sortOut([row({ id: "a" }), row({ id: "b", conflicts: 2 }), row({ id: "c", conflicts: 1 })]);
  expect(fit.map(({ id }) => id)).toEqual(["a"]);
  expect([...barred].map(([bar, rows]) => [bar, rows.length])).toEqual([["conflicts", 2]]);
});
