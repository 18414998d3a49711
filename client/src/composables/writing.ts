import { reactive, shallowRef, watch } from "vue";
import { useAddingPhotos } from "@/composables/adding";
import type { FindingView, ItemView, PhotoView } from "@/lib/bindings";
import { drafts } from "@/lib/draft";
import type { FindingFields } from "@/lib/platform";
import { useInspectionStore } from "@/stores/inspection";

/** A finding while it is written. It outlives its drawer until the photos taken for it are on disk. */
export interface Writing {
  /** Each has fields of its own: what they know besides, such as a place being looked for, is not the next one's. */
  readonly turn: number;
  readonly inspection: string;
  readonly item: string;
  /** None for a new one. */
  readonly finding: string | null;
  fields: FindingFields;
  /** Photos taken for one that is not saved yet, by id; they are on disk with the item already. */
  photos: string[];
  /** How many times photos were handed over that are not all on disk. */
  adding: number;
  /** Before its draft was read nothing may be kept in its place, and nothing after it was saved. */
  phase: "reading" | "open" | "saved";
}

/** How a photo came to be. */
export type Taken = Pick<PhotoView, "source" | "role" | "copy_of" | "point">;

/** Those that somebody has left while their photos were on the way: who comes back goes on with them. */
const underway = new Map<string, Writing>();
const place = ({ inspection, item, finding }: Writing) => [inspection, item, finding].join(" ");

let turns = 0;

/** The finding on the screen, new or one that is changed. */
export function useWriting() {
  const store = useInspectionStore();
  const { addPhotos } = useAddingPhotos();
  const writing = shallowRef<Writing | null>(null);

  // At once: the screen may be gone before the next moment.
  watch(
    () => writing.value && [writing.value.fields, writing.value.photos],
    () => keep(writing.value!),
    { deep: true, flush: "sync" },
  );

  async function begin(inspection: string, item: ItemView, finding: FindingView | null) {
    const fields = finding ? fieldsOf(finding) : blank(item);
    const whose = { turn: (turns += 1), inspection, item: item.code, finding: finding?.id ?? null };
    const now = reactive<Writing>({ ...whose, fields, photos: [], adding: 0, phase: finding ? "open" : "reading" });
    const left = underway.get(place(now));
    writing.value = left ?? now;
    if (left || finding) return;
    const draft = await drafts.kept(inspection, item.code);
    if (draft) {
      const { photos, ...typed } = draft;
      // A thumb may have been faster than the draft.
      now.fields = { ...typed, kind: typed.kind || fields.kind, ...changes(blank(item), now.fields) };
      now.photos.unshift(...photos);
    }
    now.phase = "open";
    keep(now);
  }

  function keep({ phase, inspection, item, finding, fields, photos }: Writing) {
    if (phase === "open" && !finding) drafts.keep(inspection, item, { ...fields, photos: [...photos] });
  }

  /** Whose they are is settled when they are taken, wherever the drawer is when they are on disk. Resolves to how many are. */
  async function add(files: File[], taken: Taken): Promise<number> {
    const to = writing.value!;
    const { inspection, item, finding } = to;
    to.adding += 1;
    underway.set(place(to), to);
    const count = await addPhotos(files, { inspection, item, finding, ...taken }, (photo) => {
      if (!finding) to.photos.push(photo.id);
      keep(to);
      void store.reload();
    });
    to.adding -= 1;
    if (!to.adding) underway.delete(place(to));
    return count;
  }

  return { writing, begin, keep, add };
}

function fieldsOf({ kind, note, place, point, fixed_on_spot, asset }: FindingView): FindingFields {
  return { kind, note, place, point, fixed_on_spot, asset };
}

function blank(item: ItemView): FindingFields {
  const only = item.kinds.length === 1 ? item.kinds[0]!.code : "";
  return { kind: only, note: "", place: "", point: null, fixed_on_spot: false, asset: "" };
}

/** What of a finding is not as it was. */
function changes(before: FindingFields, now: FindingFields): Partial<FindingFields> {
  const was = new Map(Object.entries(before).map(([field, value]) => [field, JSON.stringify(value)]));
  return Object.fromEntries(Object.entries(now).filter(([field, value]) => JSON.stringify(value) !== was.get(field)));
}
