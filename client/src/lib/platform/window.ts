import { invoke } from "@tauri-apps/api/core";

/** Names the window in the person's language; a phone has none to name. */
export function entitle(title: string): void {
  document.title = title;
  // Not through `getCurrentWindow`: its module brings the whole of windows along.
  void invoke("plugin:window|set_title", { value: title }).catch(() => undefined);
}
