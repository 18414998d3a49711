const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** From here on a time that is written down says something untrue about when it was. */
const WRONG_MS_MIN = 5 * MINUTE_MS;

export interface Skew {
  way: "ahead" | "behind";
  unit: "minutes" | "hours" | "days";
  n: number;
}

/** How far the phone's clock is from the server's, in the largest unit that says it well; null when it is right. */
export function skewOf(ms: number): Skew | null {
  const off = Math.abs(ms);
  const way = ms > 0 ? "ahead" : "behind";
  if (off >= 2 * DAY_MS) return { way, unit: "days", n: Math.round(off / DAY_MS) };
  if (off >= 2 * HOUR_MS) return { way, unit: "hours", n: Math.round(off / HOUR_MS) };
  const n = Math.round(off / MINUTE_MS);
  return n === 0 ? null : { way, unit: "minutes", n };
}

export const isWrong = (ms: number): boolean => Math.abs(ms) >= WRONG_MS_MIN;
