import type { LocationQuery } from "vue-router";
import { one, sparse } from "@/filters/address";

/** Which moment of an inspection is shown, and which one it is compared with. */
export interface HistoryFilter {
  /** As the server had it after this entry; null is now. */
  seq: number | null;
  /** As this device showed it, by its own clock. */
  device: string;
  at: number | null;
  /** The entry it is compared with; 0 is before anything was recorded; null leaves the choice to the screen. */
  since: number | null;
}

function count(query: LocationQuery, key: string): number | null {
  const typed = one(query, key);
  return /^\d{1,15}$/.test(typed) ? Number(typed) : null;
}

export function readHistoryFilter(query: LocationQuery): HistoryFilter {
  return {
    seq: count(query, "seq"),
    device: one(query, "device"),
    at: count(query, "at"),
    since: count(query, "since"),
  };
}

export function writeHistoryFilter(filter: HistoryFilter) {
  const { seq, device, at, since } = filter;
  return sparse({ seq: seq ?? "", device, at: device ? (at ?? "") : "", since: since ?? "" }, {});
}

/** What a moment is compared with when nobody chose: the one before it. */
export function sinceOf(filter: HistoryFilter, moments: { seq: number }[]): number {
  if (filter.since !== null) return filter.since;
  const shown = filter.seq ?? moments.at(-1)?.seq ?? 0;
  return moments.filter(({ seq }) => seq < shown).at(-1)?.seq ?? 0;
}
