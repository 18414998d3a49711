/** What the shell tells on its own: something merged or was acknowledged, the sync moved on. */
import { listen } from "@tauri-apps/api/event";
import type { Changed, SyncStatus } from "@/lib/bindings";

/** `inspection` is null when more than one inspection, or none in particular, changed. */
export function onChanged(heard: (inspection: string | null) => void): Promise<() => void> {
  return listen<Changed>("changed", (event) => heard(event.payload.inspection));
}

/** Something happened to what waits for somebody who has not the screens. */
export function onHolders(heard: () => void): Promise<() => void> {
  return listen("holders", heard);
}

/** The phone says that it has a network again. */
export function onConnected(heard: () => void): void {
  window.addEventListener("online", heard);
}

/** The app is looked at again, after so long; what is returned stops hearing. */
export function onReturn(heard: (away_ms: number) => void): () => void {
  let hidden_at: number | null = null;
  const look = () => {
    const left = hidden_at;
    hidden_at = document.hidden ? Date.now() : null;
    // A clock that was set back was not away for less than nothing.
    if (!document.hidden && left !== null) heard(Math.abs(Date.now() - left));
  };
  document.addEventListener("visibilitychange", look);
  return () => document.removeEventListener("visibilitychange", look);
}

/** The app goes out of sight; what is returned stops hearing. */
export function onHidden(heard: () => unknown): () => void {
  const look = () => document.hidden && void heard();
  document.addEventListener("visibilitychange", look);
  return () => document.removeEventListener("visibilitychange", look);
}

export function onSync(heard: (status: SyncStatus) => void): Promise<() => void> {
  return listen<SyncStatus>("sync", (event) => heard(event.payload));
}
