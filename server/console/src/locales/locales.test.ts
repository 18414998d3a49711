import { expect, test } from "vitest";
import en from "./en.json";
import zh from "./zh-CN.json";

function keys(tree: object, path = ""): string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "object" ? keys(value, `${path}${name}.`) : [`${path}${name}`],
  );
}

test("every text exists in both languages", () => {
  expect(keys(en).sort()).toEqual(keys(zh).sort());
});
