/** What an item asks to be shown, and what of it is still missing. The screen reminds before a submit and never blocks. */
import { fraction, isDeficient } from "@/lib/answer";
import type { ItemView, PhotoView } from "@/lib/bindings";

/** The kinds of evidence that something wrong must bring; the others are gathered on paper or by other means and only named. */
const CHECKED = ["photo", "before_after", "point", "asset_qr"];
/** What any answer must bring, good or bad. */
const ALWAYS = ["questionnaire", "signature"];

export interface EvidenceState {
  kind: string;
  least: number;
  have: number | null;
}

export function evidenceStates(item: ItemView): EvidenceState[] {
  return item.evidence.map(({ kind, least }) => ({ kind, least, have: have(item, kind) }));
}

/** What is missing for an answer; a good one needs no proof but who was asked, and who signed. */
export function missingEvidence(item: ItemView): EvidenceState[] {
  const answers =
    item.answer.value === null ? item.answer.values.map((recorded) => recorded.value) : [item.answer.value];
  const asked = answers.filter((value) => value !== "na");
  if (item.pending || !asked.length) return [];
  const wanted = asked.some((value) => isDeficient(item.scale, value)) ? [...CHECKED, ...ALWAYS] : ALWAYS;
  return evidenceStates(item).filter(({ kind, have, least }) => wanted.includes(kind) && have! < least);
}

/** A count says how many findings there are by having them. */
export function lacksFinding(item: ItemView): boolean {
  return item.scale.scale === "count" && item.answer.value === "fail" && liveFindings(item).length === 0;
}

export function liveFindings(item: ItemView) {
  return item.findings.filter((finding) => !finding.struck);
}

function have(item: ItemView, kind: string): number | null {
  const findings = liveFindings(item);
  const all = [...item.photos, ...findings.flatMap((finding) => finding.photos)].filter(isLive);
  // A drawn copy shows nothing that its photo does not.
  const photos = all.filter((photo) => !photo.copy_of && photo.role !== "signature");
  switch (kind) {
    case "photo":
      return distinct(photos.filter((photo) => photo.role !== "after"));
    case "before_after":
      return Math.min(
        distinct(photos.filter((photo) => photo.role !== "after")),
        distinct(photos.filter((photo) => photo.role === "after")),
      );
    case "document":
      return distinct(photos);
    case "point":
      return findings.filter((finding) => finding.point).length + photos.filter((photo) => photo.point).length;
    case "asset_qr":
      return findings.filter((finding) => finding.asset).length;
    case "signature":
      return distinct(all.filter((photo) => photo.role === "signature"));
    case "questionnaire":
      return responses(item);
    default:
      return null;
  }
}

/** How many people were asked: counted here, or on paper and typed as a sum. */
function responses({ survey, answer }: ItemView): number {
  const counted = survey ? survey.yes + survey.no : 0;
  return counted || Math.max(0, ...answer.values.map(({ value }) => fraction(value)?.planned ?? 0));
}

function isLive(photo: PhotoView): boolean {
  return photo.struck === null;
}

/** A finding's photo may be listed with its item too. */
function distinct(photos: PhotoView[]): number {
  return new Set(photos.map((photo) => photo.id)).size;
}
