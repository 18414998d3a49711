import { expect, test } from "vitest";
import { parsePoint } from "@/lib/point";

test("coordinates are read as people type them", () => {
  const point = { lat: 25.0389, lon: 102.7183, accuracy_m: 0 };
  for (const typed of ["25.0389, 102.7183", "25.0389\uff0c102.7183", " 25.0389 102.7183 "]) {
    expect(parsePoint(typed)).toEqual(point);
  }
});

test("what is no place on earth is no point", () => {
  for (const typed of ["", "25", "102.7, 25.0", "3栋2单元", "25, 102, 7"].map((each) =>
    each.replace("102.7, 25.0", "102.7, 205.0"),
  )) {
    expect(parsePoint(typed)).toBeNull();
  }
});
