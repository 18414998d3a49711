import { beforeEach, expect, test, vi } from "vitest";
import zh from "@/locales/zh-CN.json";
import { inspection, item, ME, photo } from "@/testing/samples";
import { find, openAt, settle, tap, text, type } from "@/testing/screen";
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

test("a signature that was given by mistake is struck with a reason, and stays to be seen", async () => {
  const signature = photo({ id: "s1", role: "signature", source: "drawn" });
  shell.on("inspection", inspection([item({ code: "SAN-05" })], { signatures: [signature] }));
  const struck = { reason: "签错了人", by: ME, at: 0 };
  shell.on("strike", inspection([item({ code: "SAN-05" })], { signatures: [{ ...signature, struck }] }));
  await openAt("/inspections/i1/submit");
  await tap("[data-strike-photo=s1]");
  expect(text()).toContain(zh.strike.signature);
  await type("textarea[name=reason]", "签错了人");
  await tap("[data-strike]");
  expect(shell.called("strike")).toEqual([
    { inspection: "i1", target: { kind: "photo", id: "s1" }, reason: "签错了人" },
  ]);
  expect(find(".signatures figure")?.textContent).toContain(zh.state.struck);
  expect(find("[data-strike-photo]")).toBeNull();
});

function signatureClose() {
  return find(".van-signature")!.closest(".van-popup")!.querySelector<HTMLElement>(".close");
}
