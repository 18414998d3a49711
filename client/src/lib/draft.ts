/**
 * A finding that is still being written. The system may end the app while its camera is open, so what was
 * typed is kept on the device until the finding itself is saved.
 */
import type { FindingFields } from "@/lib/platform";

const PREFIX = "rounds.finding.";

export interface Draft {
  fields: FindingFields;
  photos: string[];
}

export function keepDraft(key: string, draft: Draft): void {
  localStorage.setItem(PREFIX + key, JSON.stringify(draft));
}

export function readDraft(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") as Draft | null;
  } catch {
    // What cannot be read was never a draft.
    return null;
  }
}

export function dropDraft(key: string): void {
  localStorage.removeItem(PREFIX + key);
}
