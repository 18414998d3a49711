import { error as write } from "@tauri-apps/plugin-log";

/** Puts what went wrong in the page into the app's log: what and where, nothing of what was recorded. */
export function report(trouble: unknown): void {
  // The stack of some web views does not say what happened.
  const words = trouble instanceof Error ? `${String(trouble)}\n${trouble.stack ?? ""}` : JSON.stringify(trouble);
  console.error(trouble);
  // Without a log nobody is to be told: what a person must know is on the screen.
  void write(words ?? String(trouble)).catch(() => undefined);
}

/** Reports what no screen has caught. */
export function reportUncaught(): void {
  window.addEventListener("error", (event) => report(event.error ?? event.message));
  window.addEventListener("unhandledrejection", (event) => report(event.reason));
}
