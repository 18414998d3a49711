import type { Point } from "@/api/schema";

const PAIR = /^(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)$/;

/** Latitude and longitude as people paste them; null when nothing was typed. Nobody measured how exact they are. */
export function readPoint(typed: string): Point | null | "wrong" {
  if (!typed.trim()) return null;
  const found = PAIR.exec(typed.trim());
  if (!found) return "wrong";
  const [lat, lon] = [Number(found[1]), Number(found[2])];
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return "wrong";
  return { lat, lon, accuracy_m: null };
}

/** A place as people read it out: five digits after the point are about a metre. */
export const coordinates = ({ lat, lon }: Point) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
