import { beforeEach, expect, test, vi } from "vitest";
import zh from "@/locales/zh-CN.json";
import { inspection, item } from "@/testing/samples";
import { find, openAt, settle, tap, text } from "@/testing/screen";
import { installShell, type Shell } from "@/testing/shell";

let shell: Shell;
const SIGNED = item({ code: "SAN-05", evidence: [{ kind: "signature", least: 1 }] });

/** A canvas that takes every stroke; what is on it is nobody's business here. */
const ground: unknown = new Proxy({}, { get: () => () => ground, set: () => true });

beforeEach(() => {
  shell = installShell();
  shell.on("inspection", inspection([SIGNED]));
  shell.on("photo", new ArrayBuffer(8));
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation((() => ground) as never);
  return () => vi.restoreAllMocks();
});

async function sign() {
  const canvas = find(".van-signature canvas")!;
  for (const kind of ["touchstart", "touchend"]) {
    const touches = [{ clientX: 10, clientY: 10 }];
    canvas.dispatchEvent(Object.assign(new Event(kind, { bubbles: true }), { touches }));
  }
  await settle();
}

test("a signature is given up only by whoever says so, whichever way he leaves", async () => {
  const { router } = await openAt("/inspections/i1/items/SAN-05");
  await tap("[data-sign]");
  await sign();
  await tap(signatureClose());
  expect(text()).toContain(zh.draw.leave);
  await tap(find(".van-dialog__cancel"));
  expect(find(".van-signature")).not.toBeNull();
  const leaving = router.push("/sync");
  await settle();
  await tap(find(".van-dialog__cancel"));
  await leaving;
  expect(router.currentRoute.value.name).toBe("run");
  await tap(signatureClose());
  await tap(find(".van-dialog__confirm"));
  expect(find(".van-signature")).toBeNull();
});

test("an empty pad closes without a question", async () => {
  await openAt("/inspections/i1/items/SAN-05");
  await tap("[data-sign]");
  await tap(signatureClose());
  expect(find(".van-signature")).toBeNull();
});

function signatureClose() {
  return find(".van-signature")!.closest(".van-popup")!.querySelector<HTMLElement>(".close");
}
