/**
 * What is still being written: findings, reasons, remarks. The system may end the app while its camera is open, so what
 * was typed is kept in the person's own encrypted data until the thing itself is saved.
 */
import type { DraftView } from "@/lib/bindings";
import { asFailure } from "@/lib/failure";
import { platform } from "@/lib/platform";

/** Where earlier versions kept them, for everybody who has the phone to read. */
const EARLIER = "rounds.finding.";

/** A draft in which nothing was typed; it takes the place of one that is done with. */
export const BLANK: DraftView = {
  kind: "",
  note: "",
  place: "",
  point: null,
  fixed_on_spot: false,
  asset: "",
  photos: [],
};

/** Writes drafts one after the other, and of those of one place that wait only the last: fingers are faster than a disk. */
export function draftWriter() {
  const waiting = new Map<string, () => Promise<unknown>>();
  let writing: Promise<void> | null = null;

  async function write() {
    for (const [place, one] of waiting) {
      waiting.delete(place);
      // What is typed stays on the screen, which is loud when the finding itself cannot be saved.
      await one().catch(() => undefined);
    }
    writing = null;
  }

  /** Resolves when nothing is being written: a draft must not come after the finding it was. */
  const settled = async () => void (await writing);

  return {
    settled,
    keep(inspection: string, item: string, draft: DraftView) {
      waiting.set(`${inspection} ${item}`, () => platform.draftKeep(inspection, item, draft));
      writing ??= write();
    },
    /** What was kept last, if anything; one that cannot be read costs nobody his sheet. */
    async kept(inspection: string, item: string): Promise<DraftView | null> {
      await settled();
      return platform.draft(inspection, item).catch(() => null);
    },
  };
}

/** The drafts of whoever has the screens: they outlive the sheet in which they were typed. */
export const drafts = draftWriter();

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
