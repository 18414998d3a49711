import { expect, test } from "vitest";
import { readPoint } from "@/format/point";
import { percent, points, score } from "@/format/score";

test("hundredths become points", () => {
  expect([points(800), points(50), points(9350), points(null)]).toEqual(["8", "0.5", "93.5", "—"]);
  expect([score(9347), score(9000), score(null)]).toEqual(["93.5", "90.0", "—"]);
});

test("nothing of nothing is no percentage", () => {
  expect(percent(0, 0)).toBeNull();
  expect(percent(2, 3)).toBe(67);
});

test("a point is read as people paste it", () => {
  expect(readPoint(" ")).toBeNull();
  for (const typed of ["25.0496, 102.7035", "25.0496，102.7035", "25.0496 102.7035"]) {
    expect(readPoint(typed)).toMatchObject({ lat: 25.0496, lon: 102.7035 });
  }
  expect(readPoint("102.7035, 25.0496"), "latitude comes first").toBe("wrong");
  expect(readPoint("near the gate")).toBe("wrong");
});
