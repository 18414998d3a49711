/** Test support: the whole app at one address, over a shell of the test's making. */
import { flushPromises, mount } from "@vue/test-utils";
import { createPinia } from "pinia";
import { closeToast } from "vant";
import { afterAll, afterEach, vi } from "vitest";
import { createMemoryHistory } from "vue-router";
import App from "@/App.vue";
import { i18n } from "@/i18n";
import { makeRouter } from "@/router";
import { useSessionStore } from "@/stores/session";

/** Vant measures some parts a moment later. A test file that ends meanwhile takes the window away under them. */
const later = vi.spyOn(globalThis, "setTimeout");
afterAll(() => later.mock.results.forEach((timer) => clearTimeout(timer.value as NodeJS.Timeout)));

let close = () => {};
afterEach(() => {
  close();
  close = () => {};
  // Vant keeps one toast for all; it goes with the page.
  closeToast(true);
  document.body.innerHTML = "";
  localStorage.clear();
});

/** Opens the app; what was open before is closed, as it would be. */
export async function openAt(path: string) {
  close();
  const pinia = createPinia();
  await useSessionStore(pinia).load();
  const router = makeRouter(createMemoryHistory());
  await router.push(path);
  const root = document.createElement("div");
  document.body.append(root);
  const app = mount(App, { attachTo: root, global: { plugins: [pinia, i18n, router] } });
  close = () => app.unmount();
  await settle();
  return { app, router };
}

/** Opens the card of an item, and waits until it takes taps; with fake timers. */
export async function openItem(code: string) {
  const opened = await openAt(`/inspections/i1/items/${code}`);
  vi.advanceTimersByTime(1000);
  await settle();
  return opened;
}

/** Lets everything that was started come to its end: lazy screens, calls, drawers. */
export async function settle() {
  for (let round = 0; round < 4; round += 1) await flushPromises();
}

/** The app is out of sight, and looked at again after so long. */
export async function awayFor(minutes: number) {
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  document.dispatchEvent(new Event("visibilitychange"));
  const now = vi.spyOn(Date, "now").mockReturnValue(Date.now() + minutes * 60_000);
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
  hidden.mockRestore();
  now.mockRestore();
}

export function text(): string {
  return document.body.textContent ?? "";
}

export function find(selector: string): HTMLElement | null {
  return document.body.querySelector<HTMLElement>(selector);
}

export async function tap(target: string | HTMLElement | null) {
  const element = typeof target === "string" ? find(target) : target;
  if (!element) throw new Error(`nothing to tap: ${String(target)}`);
  element.click();
  await settle();
}

/** A key on what has the focus, as a keyboard gives it. What the browser itself would do then does not happen here. */
export async function press(target: string | HTMLElement | null, key: string, how: KeyboardEventInit = {}) {
  const element = typeof target === "string" ? find(target) : target;
  if (!element) throw new Error(`nothing to press: ${String(target)}`);
  element.focus();
  if (document.activeElement !== element) throw new Error("what cannot have the focus hears no key");
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...how });
  element.dispatchEvent(event);
  await settle();
  return event;
}

/** Six digits, as the keys of a desktop give them. */
export async function typePin(digits: string) {
  for (const key of digits) window.dispatchEvent(new KeyboardEvent("keydown", { key }));
  await settle();
}

/** The button, link or row that says so. */
export function saying(words: string): HTMLElement | null {
  const found = [...document.body.querySelectorAll<HTMLElement>("button, a, [role=button]")];
  return found.find((element) => element.textContent?.includes(words)) ?? null;
}

export async function type(selector: string, value: string) {
  const field = document.body.querySelector<HTMLInputElement>(selector);
  if (!field) throw new Error(`nothing to type into: ${selector}`);
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await settle();
}

/** Hands pictures to a way of adding them, as a camera or an album does. */
export async function show(input: string, ...names: string[]) {
  const field = document.body.querySelector<HTMLInputElement>(`${input} input[type=file]`);
  if (!field) throw new Error(`nothing takes pictures: ${input}`);
  const files = names.map((name) => new File([new TextEncoder().encode(name)], name, { type: "image/jpeg" }));
  Object.defineProperty(field, "files", { value: files, configurable: true });
  field.dispatchEvent(new Event("change", { bubbles: true }));
  await settle();
}
