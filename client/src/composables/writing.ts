import { reactive, shallowRef, watch } from "vue";
import { useAddingPhotos } from "@/composables/adding";
import type { FindingView, ItemView, PhotoView } from "@/lib/bindings";
import { BLANK, drafts } from "@/lib/draft";
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
  /** What it said when this began: only what is not so any more was changed here. */
  readonly said: FindingFields;
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
    const said = finding ? fieldsOf(finding) : blank(item);
    const whose = { turn: (turns += 1), inspection, item: item.code, finding: finding?.id ?? null };
    const now = reactive<Writing>({ ...whose, said, fields: { ...said }, photos: [], adding: 0, phase: "reading" });
    const left = underway.get(place(now));
    writing.value = left ?? now;
    if (left) return;
    const draft = await kept(now);
    // A thumb may have been faster than the draft.
    const touched = changes(said, now.fields);
    now.fields = { ...said, ...draft?.changed, ...touched };
    now.photos.unshift(...(draft?.photos ?? []));
    now.phase = "open";
    if (draft || now.photos.length || Object.keys(touched).length) keep(now);
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

  return { writing, begin, add };
}

/** Where the draft of a new one is kept, or of the changes to one that is there. */
const key = ({ item, finding }: Writing) => (finding ? `edit:${finding}` : item);
/** Where it is kept what a finding said when the changes to it began. */
const saidKey = ({ finding }: Writing) => `said:${finding}`;

/** Keeps what is written so far; of a finding that is there, what was changed and not changed back. */
export function keep(one: Writing) {
  if (one.phase !== "open") return;
  if (one.finding && !Object.keys(changes(one.said, one.fields)).length) return drop(one);
  drafts.keep(one.inspection, key(one), { ...one.fields, photos: [...one.photos] });
  // A colleague may change it before its draft is taken up again: only what was changed here may then be laid over it.
  if (one.finding) drafts.keep(one.inspection, saidKey(one), { ...one.said, photos: [] });
}

/** Of a draft, what was changed in it. Every draft of changes has a kind: one without is done with. */
async function kept(one: Writing): Promise<{ changed: Partial<FindingFields>; photos: string[] } | null> {
  const draft = await drafts.kept(one.inspection, key(one));
  if (!draft) return null;
  const { photos, ...typed } = draft;
  if (!one.finding) return { changed: { ...typed, kind: typed.kind || one.said.kind }, photos };
  if (!typed.kind) return null;
  const said = await drafts.kept(one.inspection, saidKey(one));
  return { changed: changes(said?.kind ? said : one.said, typed), photos };
}

/** The changes are recorded, or taken back; the draft of a new one ends with its recording. */
export function drop(one: Writing) {
  drafts.keep(one.inspection, key(one), BLANK);
  // After it: a draft of changes means nothing without what they were made to.
  if (one.finding) drafts.keep(one.inspection, saidKey(one), BLANK);
}

/** What a finding says once it is saved: what colleagues have changed meanwhile stays so. */
export function laidOver(now: FindingView | null, { said, fields }: Writing): FindingFields {
  return { ...(now ? fieldsOf(now) : said), ...changes(said, fields) };
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
