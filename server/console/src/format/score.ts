import type { Grade } from "@/api/schema";

/** Hundredths of a point as points: 9350 → 93.5. */
export function points(hundredths: number | null | undefined): string {
  return hundredths == null ? "—" : String(Math.round(hundredths) / 100);
}

/** A score of record with one decimal at most, so columns stay comparable: 93.47 → 93.5. */
export function score(hundredths: number | null | undefined): string {
  return hundredths == null ? "—" : (Math.round(hundredths / 10) / 10).toFixed(1);
}

export const GRADES: Grade[] = ["A", "B", "C", "D"];

/** Part of a whole as whole percent; nothing of nothing is not a percentage. */
export function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 100);
}
