import { expect, test } from "vitest";
import type { PhotoView } from "@/api/schema";
import { counterpart, sideKeys } from "@/components/photos";

const photo = (id: string, role: string) => ({ id, role }) as PhotoView;
const [seen, near, after] = [photo("1", "evidence"), photo("2", "evidence"), photo("3", "after")] as const;

test("what was put right is compared with how it was, and stands right of it", () => {
  const all = [seen, near, after];
  expect(counterpart(seen, all)).toBe(after);
  expect(counterpart(after, all)).toBe(seen);
  expect(sideKeys(after, seen)).toEqual(["1", "3"]);
  expect(sideKeys(seen, after)).toEqual(["1", "3"]);
});

test("where nothing was put right, the next photo is beside it", () => {
  expect(counterpart(seen, [seen, near])).toBe(near);
  expect(counterpart(near, [seen, near])).toBe(seen);
});
