import { expect, test } from "vitest";
import type { ItemDetail, PhotoView, Value } from "@/api/schema";
import { albumPhotos, isByRest, opinionsOf, ownPhotos, photosBy, shows } from "@/views/review/item";

const wang = { id: "u1", name: "Wang" };
const li = { id: "u2", name: "Li" };
const photo = (id: string, by = wang) => ({ id, by }) as PhotoView;
const base = { answer: { state: "none", values: [] }, findings: [], photos: [], methods: ["field"], pending: false };
const item = (part: object) => ({ ...base, ...part }) as unknown as ItemDetail;

test("opinions keep the order in which values were recorded", () => {
  const values = ["fail", "pass", "fail"].map((value, index) => ({ value, op: `op${index}` })) as Value[];
  expect(opinionsOf(values).map(({ value, records }) => [value, records.length])).toEqual([
    ["fail", 2],
    ["pass", 1],
  ]);
});

test("a photo of a finding is not shown again under its item", () => {
  const shared = photo("p1");
  expect(
    ownPhotos(item({ findings: [{ photos: [shared] }], photos: [shared, photo("p2")] })).map(({ id }) => id),
  ).toEqual(["p2"]);
});

test("an opinion rests on its own people's photos", () => {
  const mixed = item({ findings: [{ photos: [photo("p1"), photo("p2", li)] }], photos: [photo("p3", li)] });
  expect(photosBy(mixed, [li]).map(({ id }) => id)).toEqual(["p2", "p3"]);
});

test("nobody is told of items that are never asked", () => {
  expect(shows("unanswered", item({}))).toBe(true);
  expect(shows("unanswered", item({ pending: true }))).toBe(false);
  expect(shows("unanswered", item({ methods: ["computed"] }))).toBe(false);
});

test("a struck finding does not call for attention", () => {
  expect(shows("findings", item({ findings: [{ struck: { reason: "twice" } }] }))).toBe(false);
  expect(shows("findings", item({ findings: [{ struck: null }] }))).toBe(true);
});

test("a reopened decision is open again", () => {
  expect(shows("open", item({ answer: { state: "reopened", values: [] } }))).toBe(true);
  expect(shows("open", item({ answer: { state: "decided", values: [] } }))).toBe(false);
});

test("what was recorded in bulk alone and what came from an album are told apart", () => {
  const mine = (hows: string[], photos: { id: string; source: string; struck?: object }[] = []) =>
    ({ answer: { values: hows.map((how) => ({ how })) }, findings: [], photos }) as unknown as ItemDetail;
  expect(isByRest(mine(["rest", "rest"]))).toBe(true);
  expect(isByRest(mine(["rest", "tap"]))).toBe(false);
  expect(isByRest(mine([]))).toBe(false);
  const photos = [
    { id: "1", source: "album" },
    { id: "2", source: "camera" },
    { id: "3", source: "album", struck: {} },
  ];
  expect(albumPhotos(mine(["tap"], photos)).map(({ id }) => id)).toEqual(["1"]);
});
