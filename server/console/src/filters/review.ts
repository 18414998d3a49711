import type { LocationQuery, LocationQueryRaw } from "vue-router";
import type { InspectionKind, InspectionQuery, ReviewState } from "@/api/schema";
import { one, pageOf, sparse } from "@/filters/address";

export const REVIEW_STATES: ReviewState[] = [
  "draft",
  "submitted",
  "reviewing",
  "returned",
  "approved",
  "dismissed",
  "struck",
];
export const INSPECTION_KINDS: InspectionKind[] = ["routine", "special", "supervision", "unannounced", "recheck"];
export const SORTS = ["changed", "due", "score"] as const;
export const REVIEW_PAGE_SIZE = 30;

export type Sort = (typeof SORTS)[number];

/** What the review list shows. Empty means: do not ask for it. */
export interface ReviewFilter {
  area: string;
  state: ReviewState | "";
  conflict: "open" | "none" | "";
  inspector: string;
  template: string;
  kind: InspectionKind | "";
  from: string;
  to: string;
  query: string;
  sort: Sort;
  page: number;
}

export const EMPTY_REVIEW_FILTER: ReviewFilter = {
  area: "",
  state: "",
  conflict: "",
  inspector: "",
  template: "",
  kind: "",
  from: "",
  to: "",
  query: "",
  sort: "changed",
  page: 1,
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads the address bar. It is typed and pasted by people, so what is not understood is left out. */
export function readReviewFilter(query: LocationQuery): ReviewFilter {
  const known = <Choice extends string>(key: string, choices: readonly Choice[]): Choice | "" =>
    choices.find((choice) => choice === one(query, key)) ?? "";
  const day = (key: string) => (DAY.test(one(query, key)) ? one(query, key) : "");
  return {
    area: one(query, "area"),
    state: known("state", REVIEW_STATES),
    conflict: known("conflict", ["open", "none"]),
    inspector: one(query, "inspector"),
    template: one(query, "template"),
    kind: known("kind", INSPECTION_KINDS),
    from: day("from"),
    to: day("to"),
    query: one(query, "query").trim(),
    sort: known("sort", SORTS) || "changed",
    page: pageOf(query),
  };
}

export function writeReviewFilter(filter: ReviewFilter): LocationQueryRaw {
  return sparse({ ...filter }, { ...EMPTY_REVIEW_FILTER });
}

/** A change of what is asked for starts at the first page again. */
export function narrow(filter: ReviewFilter, change: Partial<ReviewFilter>): ReviewFilter {
  return { ...filter, page: 1, ...change };
}

export function askReview(filter: ReviewFilter): InspectionQuery {
  return { ...writeReviewFilter(filter), sort: filter.sort, page: filter.page, per_page: REVIEW_PAGE_SIZE };
}

/** How many filters are set: sort and page narrow nothing. */
export function countFilters(filter: ReviewFilter): number {
  return Object.keys(writeReviewFilter({ ...filter, sort: "changed", page: 1 })).length;
}
