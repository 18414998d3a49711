import { onMounted, onUnmounted } from "vue";

const KEYS = ["Enter", " "];
/** What says that it can be pressed and is no control of the browser's own, which presses those by itself. */
const PRESSED = ["button", "link", "radio", "checkbox", "switch", "tab"].map((role) => `[role=${role}]`).join();
const NATIVE = "button, a[href], input, select, textarea, summary";

/**
 * Enter and Space press what a finger presses. Vant gives its cells, switches and tabs a role and the focus, but listens
 * to clicks only; so one listener does it for all of them, on every screen and in every drawer.
 */
export function usePressing() {
  onMounted(() => document.addEventListener("keydown", press));
  onUnmounted(() => document.removeEventListener("keydown", press));
}

function press(event: KeyboardEvent) {
  const { target, key } = event;
  if (!KEYS.includes(key) || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (!(target instanceof HTMLElement) || !target.matches(PRESSED) || target.matches(NATIVE)) return;
  // Space would scroll the screen away from what it has just pressed.
  event.preventDefault();
  // A key that is held down is still one press.
  if (!event.repeat) target.click();
}
