import { expect, test } from "vitest";
import { accuracyFeature, boundsOf } from "@/components/map/shapes";

test("a box holds every corner, however deep they are nested", () => {
  const shape = [
    [
      [
        [102.6, 25.0],
        [102.9, 25.2],
      ],
    ],
    [[[102.5, 24.9]]],
  ];
  expect(boundsOf(shape)).toEqual([102.5, 24.9, 102.9, 25.2]);
  expect(boundsOf([102.7, 25.1])).toEqual([102.7, 25.1, 102.7, 25.1]);
  expect(boundsOf([])).toBeNull();
});

test("the circle of accuracy is as wide as the phone said, in every direction", () => {
  const ring = accuracyFeature({ lon: 102.7, lat: 25, accuracy_m: 100 }).geometry.coordinates[0]!;
  const METRES_OF_LATITUDE = 111_195;
  for (const [lon, lat] of ring) {
    const east = (lon! - 102.7) * METRES_OF_LATITUDE * Math.cos((25 * Math.PI) / 180);
    const north = (lat! - 25) * METRES_OF_LATITUDE;
    expect(Math.hypot(east, north)).toBeCloseTo(100, 0);
  }
  expect(ring[0]).toEqual(ring.at(-1)!.map((value) => expect.closeTo(value, 9)));
});
