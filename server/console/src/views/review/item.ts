import type { InspectionDetail, ItemDetail, Person, PhotoView, Value } from "@/api/schema";

/** People who recorded the same value for one item. */
export interface Opinion {
  value: string;
  records: Value[];
}

/** The values of an item as opinions: who agrees stands together. */
export function opinionsOf(values: Value[]): Opinion[] {
  const opinions = new Map<string, Value[]>();
  for (const value of values) opinions.set(value.value, [...(opinions.get(value.value) ?? []), value]);
  return [...opinions].map(([value, records]) => ({ value, records }));
}

export const isOpen = (item: ItemDetail) => item.answer.state === "conflict" || item.answer.state === "reopened";

/** Photos of the item itself: those of its findings are shown with them. */
export function ownPhotos(item: ItemDetail): PhotoView[] {
  const shown = new Set(item.findings.flatMap((finding) => finding.photos.map((photo) => photo.id)));
  return item.photos.filter((photo) => !shown.has(photo.id));
}

/** Everything photographed for the item, with its findings first. */
export const photosOf = (item: ItemDetail): PhotoView[] => [
  ...item.findings.flatMap((finding) => finding.photos),
  ...ownPhotos(item),
];

/** What these people photographed for the item: what an opinion rests on. */
export function photosBy(item: ItemDetail, people: Person[]): PhotoView[] {
  const ids = new Set(people.map((person) => person.id));
  return photosOf(item).filter((photo) => ids.has(photo.by.id));
}

/** Whether what stands was only recorded by one tap for the rest: nobody looked at this item by itself. */
export const isByRest = (item: ItemDetail) =>
  item.answer.values.length > 0 && item.answer.values.every((value) => value.how === "rest");

/** Photos that were chosen from an album: nobody can say when and where they were taken. */
export const albumPhotos = (item: ItemDetail): PhotoView[] =>
  photosOf(item).filter((photo) => photo.source === "album" && !photo.struck);

export const ITEM_FILTERS = ["all", "open", "findings", "returned", "unanswered"] as const;
export type ItemFilter = (typeof ITEM_FILTERS)[number];

export function shows(filter: ItemFilter, item: ItemDetail): boolean {
  switch (filter) {
    case "all":
      return true;
    case "open":
      return isOpen(item);
    case "findings":
      return item.findings.some((finding) => !finding.struck);
    case "returned":
      return item.returned != null;
    case "unanswered":
      return item.answer.state === "none" && !item.pending && !item.methods.includes("computed");
  }
}

export const allItems = (detail: InspectionDetail) => detail.domains.flatMap((domain) => domain.items);

/** Items that several people recorded alike without knowing of each other. */
export const alikeOf = (detail: InspectionDetail) => new Set(detail.alike.map(({ item }) => item));

/** Whether supervisors decided differently without knowing of each other. */
export const decidedDifferently = ({ answer }: ItemDetail) =>
  new Set(answer.decisions.map(({ value }) => value)).size > 1;

/** What a device is called; its id's beginning when it is not known. */
export function deviceName(detail: InspectionDetail, device: string): string {
  return detail.devices.find((part) => part.device === device)?.name ?? device.slice(0, 8);
}
