/**
 * Findings that are still being written. The system may end the app while its camera is open, so what was typed is kept
 * in the person's own encrypted data until the finding itself is saved.
 */
import type { DraftView } from "@/lib/bindings";
import { asFailure } from "@/lib/failure";
import { platform } from "@/lib/platform";

/** Where earlier versions kept them, for everybody who has the phone to read. */
const EARLIER = "rounds.finding.";

/** Writes drafts one after the other, and of those that wait only the last: fingers are faster than a disk. */
export function draftWriter() {
  let next: (() => Promise<unknown>) | null = null;
  let writing: Promise<void> | null = null;

  async function write() {
    while (next) {
      const one = next;
      next = null;
      // What is typed stays on the screen, which is loud when the finding itself cannot be saved.
      await one().catch(() => undefined);
    }
    writing = null;
  }

  return {
    keep(inspection: string, item: string, draft: DraftView) {
      next = () => platform.draftKeep(inspection, item, draft);
      writing ??= write();
    },
    /** Resolves when nothing is being written: a draft must not come after the finding it was. */
    settled: async () => void (await writing),
  };
}

/** Takes over what earlier versions left, and removes it there. What belongs to nobody here waits for its person. */
export async function takeOverDrafts(): Promise<void> {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(EARLIER));
  for (const key of keys) {
    const [inspection, item] = key.slice(EARLIER.length).split(/\.(.*)/);
    const draft = read(localStorage.getItem(key));
    try {
      if (inspection && item && draft) await platform.draftKeep(inspection, item, draft);
      localStorage.removeItem(key);
    } catch (error) {
      if (asFailure(error).code !== "not_found") return;
    }
  }
}

function read(text: string | null): DraftView | null {
  try {
    const { fields, photos } = JSON.parse(text ?? "null") as { fields: Omit<DraftView, "photos">; photos: string[] };
    return { ...fields, photos };
  } catch {
    // What cannot be read was never a draft.
    return null;
  }
}
