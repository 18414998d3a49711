/** Days and times are Asia/Shanghai whatever the phone's clock zone says. */
const ZONE = "Asia/Shanghai";

export function clock(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: ZONE,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);
}

/** The day of a moment, such as `2026-11-25`. */
export function dayOf(at: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(at);
}

/** 11月23日 14:05 */
export function moment(at: number, locale: string): string {
  const day = new Intl.DateTimeFormat(locale, { timeZone: ZONE, month: "short", day: "numeric" }).format(at);
  return `${day} ${clock(at, locale)}`;
}

/** A day such as `2026-11-25`, in words. */
export function dayWords(day: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", month: "short", day: "numeric", weekday: "short" }).format(
    Date.parse(`${day}T00:00:00Z`),
  );
}

/** Whole days from one day to another; negative when it lies behind. */
export function daysUntil(today: string, day: string): number {
  return Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 86_400_000);
}

/** Bytes in the largest unit that keeps at least one whole. */
export function bytes(count: number, locale: string): string {
  const units = ["B", "KB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  const amount = count / 1024 ** step;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: step > 1 ? 1 : 0 }).format(amount)} ${units[step]}`;
}

/** Hundredths of a point as points. */
export function points(hundredths: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(hundredths / 100);
}
