/** What an item asks to be shown, and what of it is still missing. The screen reminds before a submit and never blocks. */
import { isDeficient } from "@/lib/answer";
import type { ItemView, PhotoView } from "@/lib/bindings";

/** The kinds of evidence a finding brings; the others are gathered on paper or by other means and only named. */
const CHECKED = ["photo", "before_after", "point"];

export interface EvidenceState {
  kind: string;
  least: number;
  have: number | null;
}

export function evidenceStates(item: ItemView): EvidenceState[] {
  return item.evidence.map(({ kind, least }) => ({ kind, least, have: have(item, kind) }));
}

/** What is missing for an answer that says something is wrong; a good one needs no proof. */
export function missingEvidence(item: ItemView): EvidenceState[] {
  const answers =
    item.answer.value === null ? item.answer.values.map((recorded) => recorded.value) : [item.answer.value];
  if (item.pending || !answers.some((value) => isDeficient(item.scale, value))) return [];
  return evidenceStates(item).filter(({ kind, have, least }) => CHECKED.includes(kind) && have! < least);
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
  const photos = [...item.photos, ...findings.flatMap((finding) => finding.photos)].filter(isLive);
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
    default:
      return null;
  }
}

function isLive(photo: PhotoView): boolean {
  return photo.struck === null;
}

/** A finding's photo may be listed with its item too. */
function distinct(photos: PhotoView[]): number {
  return new Set(photos.map((photo) => photo.id)).size;
}
