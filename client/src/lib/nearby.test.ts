import { expect, test } from "vitest";
import type { AssignmentCard, Point } from "@/lib/bindings";
import { distance, fromNearToFar, metresTo, seenBefore } from "@/lib/nearby";
import { AT, finding, item } from "@/testing/samples";

const HERE = { lat: 25.05, lon: 102.7, accuracy_m: 8 };
/** So many metres north of here. */
const north = (metres: number) => ({ ...HERE, lat: HERE.lat + metres / 111_195 });

test("distances are those of a map", () => {
  expect(distance(HERE, north(100))).toBeCloseTo(100, 0);
  // A degree of longitude is shorter here than at the equator.
  expect(Math.round(distance(HERE, { ...HERE, lon: HERE.lon + 0.01 }))).toBe(1007);
});

test("what was seen at the same place on the same day may be the same, the earlier one first", () => {
  const first = finding({ id: "f1", point: HERE, at: AT });
  const near = finding({ id: "f2", point: north(9), at: AT + 60_000 });
  const far = finding({ id: "f3", point: north(20), at: AT + 120_000 });
  const tomorrow = finding({ id: "f4", point: HERE, at: AT + 24 * 3_600_000 });
  const all = item({ findings: [first, near, far, tomorrow] });
  expect(seenBefore(near, all)).toEqual({ other: first, metres: 9 });
  expect(seenBefore(first, all)).toBeNull();
  expect(seenBefore(far, all)?.other, "it is near the second, not the first").toBe(near);
  expect(seenBefore(far, item({ findings: [first, far] })), "20 m is another place").toBeNull();
  expect(seenBefore(tomorrow, all)).toBeNull();
  const struck = { ...first, struck: { reason: "拍错了", by: first.by, at: AT } };
  expect(seenBefore(near, item({ findings: [struck, near] }))).toBeNull();
});

test("what is superseded comes last, wherever it is and however early it was due", () => {
  const at = (id: string, due: string, superseded: string | null, lat: number) =>
    ({ id, due, superseded, site: { point: { lat, lon: 102.7, accuracy_m: 5 } } }) as AssignmentCard;
  const cards = [
    at("superseded", "2026-11-20", "点位有误", 25),
    at("tomorrow", "2026-11-24", null, 25.2),
    at("today", "2026-11-23", null, 25.1),
  ];
  for (const here of [null, { lat: 25, lon: 102.7, accuracy_m: 9 }]) {
    expect(fromNearToFar(cards, here).map(({ id }) => id)).toEqual(["today", "tomorrow", "superseded"]);
  }
});

test("what is due on one day is from near to far, and what nobody knows where it is comes last", () => {
  const at = (id: string, due: string, lat: number | null) =>
    ({
      id,
      due,
      superseded: null,
      site: lat === null ? null : { point: { lat, lon: 102.7, accuracy_m: 5 } },
    }) as AssignmentCard;
  const cards = [at("later", "2026-11-24", 25), at("nowhere", "2026-11-23", null), at("far", "2026-11-23", 25.1)];
  cards.push(at("near", "2026-11-23", 25.001), at("nowhere too", "2026-11-23", null));
  const ids = (here: Point | null) => fromNearToFar(cards, here).map(({ id }) => id);
  expect(ids({ lat: 25, lon: 102.7, accuracy_m: 9 })).toEqual(["near", "far", "nowhere", "nowhere too", "later"]);
  expect(ids(null)).toEqual(["nowhere", "far", "near", "nowhere too", "later"]);
  expect(metresTo(cards[3]!.site, { lat: 25, lon: 102.7, accuracy_m: 9 })).toBe(111);
});
