import type { ConflictRow } from "@/api/schema";

/** The values that somebody recorded for each of these items; none when the items are not answered the same way. */
export function sameValues(rows: ConflictRow[]): string[] {
  const [first, ...others] = rows;
  if (!first || others.some((row) => answeredAs(row) !== answeredAs(first))) return [];
  const values = (row: ConflictRow) => row.answer.values.map(({ value }) => value);
  return [...new Set(values(first))].filter((value) => others.every((row) => values(row).includes(value)));
}

/** Items that are answered alike share this; what passing or failing is worth differs, and does not matter here. */
function answeredAs({ item }: ConflictRow): string {
  return ["pass", "count"].includes(item.scale.scale) ? "pass" : JSON.stringify(item.scale);
}
