import { expect, test } from "vitest";
import {
  askReview,
  countFilters,
  EMPTY_REVIEW_FILTER,
  narrow,
  readReviewFilter,
  REVIEW_PAGE_SIZE,
  writeReviewFilter,
  type ReviewFilter,
} from "@/filters/review";

const full: ReviewFilter = {
  area: "530102001001",
  state: "returned",
  conflict: "open",
  inspector: "u1",
  template: "walk-round",
  kind: "unannounced",
  from: "2026-11-01",
  to: "2026-11-23",
  query: "翠湖",
  sort: "score",
  page: 3,
};

test("a filter survives the address bar", () => {
  expect(readReviewFilter(writeReviewFilter(full) as Record<string, string>)).toEqual(full);
});

test("an empty filter leaves the address bare", () => {
  expect(writeReviewFilter(EMPTY_REVIEW_FILTER)).toEqual({});
  expect(readReviewFilter({})).toEqual(EMPTY_REVIEW_FILTER);
});

test("an address that makes no sense filters nothing", () => {
  const typed = { state: "lost", conflict: "maybe", kind: "x", from: "yesterday", to: "", sort: "luck", page: "-2" };
  expect(readReviewFilter(typed)).toEqual(EMPTY_REVIEW_FILTER);
});

test("a key given twice counts once", () => {
  expect(readReviewFilter({ state: ["approved", "draft"], page: [null, "4"] }).state).toBe("approved");
});

test("another filter starts at the first page, another page keeps the filter", () => {
  expect(narrow(full, { state: "draft" })).toEqual({ ...full, state: "draft", page: 1 });
  expect(narrow(full, { page: 4 })).toEqual({ ...full, page: 4 });
});

test("the server is asked for one page in the chosen order", () => {
  expect(askReview(EMPTY_REVIEW_FILTER)).toEqual({ sort: "changed", page: 1, per_page: REVIEW_PAGE_SIZE });
});

test("sort and page are no filters", () => {
  expect(countFilters({ ...EMPTY_REVIEW_FILTER, sort: "due", page: 7 })).toBe(0);
  expect(countFilters(full)).toBe(9);
});
