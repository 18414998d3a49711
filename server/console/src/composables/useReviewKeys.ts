import { onBeforeUnmount, onMounted } from "vue";

const OVER_THE_SCREEN = ".el-overlay:not([style*='display: none']) [role='dialog'], .el-image-viewer__wrapper";

/** Single keys for going through a queue. They are silent while somebody types or a dialog is open. */
export function useReviewKeys(keys: Record<string, () => void>) {
  function press(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target) || document.querySelector(OVER_THE_SCREEN)) return;
    const action = keys[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }

  onMounted(() => window.addEventListener("keydown", press));
  onBeforeUnmount(() => window.removeEventListener("keydown", press));
}

function isTyping(target: EventTarget | null): boolean {
  // A ticked box keeps the focus, and takes no letters.
  const takesText = "input:not([type=checkbox], [type=radio]), textarea, select";
  return target instanceof HTMLElement && (target.isContentEditable || target.closest(takesText) !== null);
}
