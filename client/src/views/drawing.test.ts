import { beforeEach, expect, test, vi } from "vitest";
import zh from "@/locales/zh-CN.json";
import { inspection, item, photo } from "@/testing/samples";
import { find, openAt, tap, text } from "@/testing/screen";
import { installShell } from "@/testing/shell";

vi.mock("@/lib/drawing", () => ({
  // Its strokes go into a canvas that this window has not; one is there from the beginning.
  Drawing: class {
    constructor(_box: unknown, _picture: unknown, _size: unknown, count: (drawn: number) => void) {
      count(1);
    }
    take() {}
    destroy() {}
  },
}));

beforeEach(() => {
  const shell = installShell();
  shell.on("inspection", inspection([item({ code: "SAN-05", photos: [photo()] })]));
  shell.on("photo", new ArrayBuffer(8));
  vi.stubGlobal("createImageBitmap", async () => ({}));
  return () => vi.unstubAllGlobals();
});

const isOpen = () => find(".draw-sheet")!.style.display !== "none";

test("what was drawn on a photo is given up only by whoever says so", async () => {
  await openAt("/inspections/i1/items/SAN-05");
  await tap("[data-draw]");
  await expect.poll(() => (find("[data-keep]") as HTMLButtonElement).disabled).toBe(false);
  await tap(".draw-sheet .close");
  expect(text()).toContain(zh.draw.leave);
  await tap(find(".van-dialog__cancel"));
  expect(isOpen()).toBe(true);
  await tap(".draw-sheet .close");
  await tap(find(".van-dialog__confirm"));
  await expect.poll(isOpen).toBe(false);
});
