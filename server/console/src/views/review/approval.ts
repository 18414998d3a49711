import type { InspectionRow } from "@/api/schema";

/** Why an inspection is not approved together with others: somebody has to look at it by itself first. */
export const BARS = ["closed", "draft", "returned", "submitted", "conflicts", "held", "photos", "unanswered"] as const;
export type Bar = (typeof BARS)[number];

/** What keeps an inspection from being approved unseen, worst first; null when nothing does. */
export function barOf(row: InspectionRow): Bar | null {
  if (["approved", "dismissed", "struck"].includes(row.state)) return "closed";
  if (row.state === "draft") return "draft";
  if (row.state === "returned") return "returned";
  // Handed in by some; the others may still record.
  if (row.state === "submitted") return "submitted";
  if (row.conflicts) return "conflicts";
  if (row.held) return "held";
  if (row.photos_missing) return "photos";
  return row.answered < row.asked ? "unanswered" : null;
}

/** The rows that can be approved together, and those that cannot by what keeps them. */
export function sortOut(rows: InspectionRow[]) {
  const fit: InspectionRow[] = [];
  const barred = new Map<Bar, InspectionRow[]>();
  for (const row of rows) {
    const bar = barOf(row);
    if (bar === null) fit.push(row);
    else barred.set(bar, [...(barred.get(bar) ?? []), row]);
  }
  return { fit, barred };
}
