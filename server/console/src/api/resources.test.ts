import { expect, test } from "vitest";
import { exportAddress } from "@/api/resources";

test("a file is asked for with the filters of the screen, and no page", () => {
  const query = { area: "530102", state: "", query: "翠湖 & 西", page: 3, per_page: 30, kind: null };
  const [path, asked] = exportAddress("inspections", "xlsx", "zh", query).split("?");
  expect(path).toBe("/v1/exports/inspections");
  expect(Object.fromEntries(new URLSearchParams(asked))).toEqual({
    format: "xlsx",
    language: "zh",
    area: "530102",
    query: "翠湖 & 西",
  });
});
