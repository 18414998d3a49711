import type { Point } from "@/lib/bindings";

/** A point typed by hand says nothing about its accuracy. */
const ACCURACY_UNKNOWN_M = 0;

/** Reads `25.0389, 102.7183`: latitude first; 中文 commas and spaces are understood. */
export function parsePoint(text: string): Point | null {
  const parts = text.trim().split(/[\s,\uff0c\u3001]+/);
  const [lat, lon] = parts.map(Number);
  if (parts.length !== 2 || lat === undefined || lon === undefined) return null;
  const known = Number.isFinite(lat) && Number.isFinite(lon) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
  return known ? { lat, lon, accuracy_m: ACCURACY_UNKNOWN_M } : null;
}
