/** Days and clock times are the city's, whatever the browser's own zone is. */
const ZONE = "Asia/Shanghai";

const parts = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

function read(at: number) {
  const found = Object.fromEntries(parts.formatToParts(new Date(at)).map((part) => [part.type, part.value]));
  return { day: `${found.year}-${found.month}-${found.day}`, clock: `${found.hour}:${found.minute}:${found.second}` };
}

/** The city's day of a moment: 2026-11-23. */
export const dayOf = (at: number) => read(at).day;

/** 11-23 14:05; the year is added when it is not the present one. */
export function shortTime(at: number, now = Date.now()): string {
  const { day, clock } = read(at);
  const year = read(now).day.slice(0, 4);
  return `${day.startsWith(year) ? day.slice(5) : day} ${clock.slice(0, 5)}`;
}

/** 2026-11-23 14:05:09 */
export function fullTime(at: number): string {
  const { day, clock } = read(at);
  return `${day} ${clock}`;
}

/** The city keeps one offset the whole year, and has since 1991: there are no documents before. */
const OFFSET = "+08:00";

/** The moment of a day and clock time in the city, as `fullTime` writes them; null when they are none. */
export function momentOf(written: string): number | null {
  const at = Date.parse(`${written.replace(" ", "T")}${OFFSET}`);
  return Number.isNaN(at) ? null : at;
}

export type Age = { unit: "now" } | { unit: "minutes" | "hours" | "days"; count: number };

const MINUTE_MS = 60_000;

/** How long ago, in the largest unit that says something. */
export function age(at: number, now = Date.now()): Age {
  const minutes = Math.floor((now - at) / MINUTE_MS);
  if (minutes < 1) return { unit: "now" };
  if (minutes < 60) return { unit: "minutes", count: minutes };
  if (minutes < 24 * 60) return { unit: "hours", count: Math.floor(minutes / 60) };
  return { unit: "days", count: Math.floor(minutes / (24 * 60)) };
}
