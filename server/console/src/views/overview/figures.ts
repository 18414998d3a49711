import type { DistrictFigures } from "@/api/schema";
import { percent, score } from "@/format/score";

/** What the map can be shaded by. */
export const FIGURES = ["completion", "inspections", "findings", "conflicts", "score"] as const;
export type Figure = (typeof FIGURES)[number];

/** How far back the trend goes. */
export const SPANS = ["week", "quarter"] as const;
export type Span = (typeof SPANS)[number];

/** A district's figure; null where there is nothing to compute it from, which is not the same as nought. */
export function figureOf(district: DistrictFigures, figure: Figure): number | null {
  switch (figure) {
    case "completion":
      return percent(district.done, district.due);
    case "score":
      return district.score_average == null ? null : Math.round(district.score_average / 10) / 10;
    default:
      return district[figure];
  }
}

export function figureText(district: DistrictFigures, figure: Figure): string {
  if (figure === "score") return score(district.score_average);
  const value = figureOf(district, figure);
  if (value == null) return "—";
  return figure === "completion" ? `${value}%` : String(value);
}

/** The shading's upper end: a hundred for shares and scores, else the largest that occurs. */
export function topOf(districts: DistrictFigures[], figure: Figure): number {
  if (figure === "completion" || figure === "score") return 100;
  return Math.max(1, ...districts.map((district) => figureOf(district, figure) ?? 0));
}
