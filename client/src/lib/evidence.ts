/** What is asked to be shown, and what of it is still missing. The screen reminds before a submit and never blocks. */
import { fraction, isDeficient } from "@/lib/answer";
import type { EvidenceKind, FindingView, ItemView, PhotoView, RemarkView } from "@/lib/bindings";

/** What is asked of each finding; the rest is asked once, of the item's answer. `is_of_finding` in shared/src/template/item.rs. */
const OF_FINDING: EvidenceKind[] = ["photo", "before_after", "point", "asset_qr", "area"];
/** What the item's own photos may show, in the order in which they are counted for it: none of them counts twice. */
const PICTURED: EvidenceKind[] = ["photo", "before_after", "plan", "document"];
/** 文号, as offices write it: 昆文明委〔2024〕5号. The year stands in brackets of any sort, 第 before the number or not. */
const DOCUMENT_NUMBER = /[\u3014[\uff08(\u3010]\s*\d{4}\s*[\u3015\]\uff09)\u3011]\s*\u7b2c?\s*\d+/;
/** 面积 has no field of its own: it is said in words, with its unit: 平方 平米 公顷 亩 ㎡ m². */
const AREA_UNIT = /\u5e73\u65b9|\u5e73\u7c73|\u516c\u9877|\u4ea9|\u33a1|m²|m2|square|hectare/i;

/** 整改后照片 is in no checklist: whoever says 当场处置 is asked for it. */
export interface Demand {
  kind: EvidenceKind | "after";
  least: number;
  have: number;
}

/** What is still missing of an item's answer (`finding` is null), or of one of its findings. */
export interface Gap {
  item: ItemView;
  finding: FindingView | null;
  missing: Demand[];
}

/** What a finding shows, saved or as it is being written. */
export type Shown = Pick<FindingView, "note" | "point" | "asset" | "fixed_on_spot" | "photos">;

export function isOfFinding(kind: EvidenceKind): boolean {
  return OF_FINDING.includes(kind);
}

/** What one finding must show. */
export function demandsOfFinding(item: ItemView, finding: Shown): Demand[] {
  const demands: Demand[] = item.evidence
    .filter(({ kind }) => isOfFinding(kind))
    .map(({ kind, least }) => ({ kind, least, have: shownBy(finding, kind) }));
  if (finding.fixed_on_spot) demands.push({ kind: "after", least: 1, have: after(finding.photos) });
  return demands;
}

/** What the answer itself must show. A bad one for which no finding stands must show what a finding would. */
export function demandsOfAnswer(item: ItemView, remarks: RemarkView[]): Demand[] {
  const answers =
    item.answer.value === null ? item.answer.values.map((recorded) => recorded.value) : [item.answer.value];
  const said = answers.filter((value) => value !== "na");
  if (item.pending || !said.length) return [];
  const alone = said.some((value) => isDeficient(item.scale, value)) && !liveFindings(item).length;
  const asked = item.evidence.filter(({ kind }) => alone || !isOfFinding(kind));
  // Where no finding needs photos of its own, those in its drawer are of papers.
  const spare = item.evidence.some(({ kind }) => kind === "photo") ? [] : liveFindings(item);
  const own = before([...item.photos, ...spare.flatMap(({ photos }) => photos)]);
  const words = wordsOf(item, remarks);
  return asked.map(({ kind, least }) => {
    const earlier = PICTURED.slice(0, PICTURED.indexOf(kind));
    const taken = asked.filter((other) => earlier.includes(other.kind)).reduce((sum, other) => sum + other.least, 0);
    return { kind, least, have: shownBesides(item, kind, least, Math.max(0, own - taken), words) };
  });
}

/** Everything that is missing, of the answer first, then finding by finding. What waits for a ruling asks for nothing. */
export function gaps(item: ItemView, remarks: RemarkView[]): Gap[] {
  const lacking = (demands: Demand[]) => demands.filter(({ have, least }) => have < least);
  const ruled = liveFindings(item).filter((finding) => !finding.held);
  return [
    { item, finding: null, missing: lacking(demandsOfAnswer(item, remarks)) },
    ...ruled.map((finding) => ({ item, finding, missing: lacking(demandsOfFinding(item, finding)) })),
  ].filter(({ missing }) => missing.length > 0);
}

/** How many of each kind are missing in all. */
export function missingOf(all: Gap[]): { kind: Demand["kind"]; n: number }[] {
  const sums = new Map<Demand["kind"], number>();
  for (const { kind, least, have } of all.flatMap(({ missing }) => missing)) {
    sums.set(kind, (sums.get(kind) ?? 0) + least - have);
  }
  return [...sums].map(([kind, n]) => ({ kind, n }));
}

/** A count says how many findings there are by having them. */
export function lacksFinding(item: ItemView): boolean {
  return item.scale.scale === "count" && item.answer.value === "fail" && liveFindings(item).length === 0;
}

export function liveFindings(item: ItemView) {
  return item.findings.filter((finding) => !finding.struck);
}

function shownBy({ photos, point, asset, note, fixed_on_spot }: Shown, kind: EvidenceKind): number {
  switch (kind) {
    case "photo":
      return before(photos);
    case "before_after":
      // Of what is not put right on the spot, the case brings the photo after.
      return fixed_on_spot ? Math.min(before(photos), after(photos)) : before(photos);
    case "point":
      return (point ? 1 : 0) + live(photos).filter((photo) => photo.point).length;
    case "asset_qr":
      return asset.trim() ? 1 : 0;
    case "area":
      return AREA_UNIT.test(note) ? 1 : 0;
    default:
      return 0;
  }
}

/** `own` are the item's own photos that no other kind has taken. */
function shownBesides(item: ItemView, kind: EvidenceKind, least: number, own: number, words: string[]): number {
  switch (kind) {
    case "photo":
    case "before_after":
    case "plan":
      return own;
    case "document":
      return own + (words.some((text) => DOCUMENT_NUMBER.test(text)) ? 1 : 0);
    case "point":
      return live(item.photos).filter((photo) => photo.point).length;
    case "area":
      return words.some((text) => AREA_UNIT.test(text)) ? 1 : 0;
    case "asset_qr":
      return 0;
    case "signature":
      return distinct(item.photos.filter((photo) => !photo.struck && photo.role === "signature"));
    case "questionnaire":
      return responses(item);
    case "count":
      // Its answer is the count, or its findings are.
      return least;
  }
}

function wordsOf(item: ItemView, remarks: RemarkView[]): string[] {
  const said = remarks.filter((remark) => remark.item === item.code).map(({ text }) => text);
  return [...said, ...liveFindings(item).map(({ note }) => note)];
}

/** How many people were asked: counted here, or on paper and typed as a sum. */
function responses({ survey, answer }: ItemView): number {
  const counted = survey ? survey.yes + survey.no : 0;
  return counted || Math.max(0, ...answer.values.map(({ value }) => fraction(value)?.planned ?? 0));
}

/** What still counts and shows something: a drawn copy shows nothing that its photo does not. */
function live(photos: PhotoView[]): PhotoView[] {
  return photos.filter((photo) => !photo.struck && !photo.copy_of && photo.role !== "signature");
}

function before(photos: PhotoView[]): number {
  return distinct(live(photos).filter((photo) => photo.role !== "after"));
}

function after(photos: PhotoView[]): number {
  return distinct(live(photos).filter((photo) => photo.role === "after"));
}

function distinct(photos: PhotoView[]): number {
  return new Set(photos.map((photo) => photo.id)).size;
}
