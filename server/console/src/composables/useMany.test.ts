import { expect, test } from "vitest";
import { Failure } from "@/api/failure";
import { useMany } from "@/composables/useMany";

const rows = ["a", "b", "c"];

function chosen() {
  const many = useMany<string>((row) => row);
  for (const row of rows) many.pick(row, true);
  return many;
}

test("a row that fails leaves the others as they are", async () => {
  const many = chosen();
  const changed: string[] = [];
  const outcome = await many.run((row) => {
    if (row === "b") return Promise.reject(new Failure("conflict_changed", {}, 409));
    changed.push(row);
    return Promise.resolve();
  });
  expect(changed).toEqual(["a", "c"]);
  expect(outcome).toEqual({ done: 2, failed: 1, stopped: false });
  expect(many.picked.value.size).toBe(0);
});

test("who stops leaves the rest untouched", async () => {
  const many = chosen();
  const changed: string[] = [];
  const outcome = await many.run((row) => {
    changed.push(row);
    many.stop();
    return Promise.resolve();
  });
  expect(changed).toEqual(["a"]);
  expect(outcome).toEqual({ done: 1, failed: 0, stopped: true });
});

test("without a connection nothing more is tried", async () => {
  const many = chosen();
  let tried = 0;
  const run = many.run(() => {
    tried += 1;
    return Promise.reject(new TypeError("fetch failed"));
  });
  await expect(run).rejects.toThrow();
  expect(tried).toBe(1);
  expect(many.running.value).toBe(false);
});

test("what is no longer listed is no longer chosen", () => {
  const many = chosen();
  many.keep(["b"]);
  expect([...many.picked.value.keys()]).toEqual(["b"]);
  many.pick("b", false);
  expect(many.has("b")).toBe(false);
});
