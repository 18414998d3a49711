import type { Point } from "@/lib/bindings";

/** Above this the screen warns that the place is rough; it never blocks. */
export const ACCURACY_GOOD_M = 20;
/** A fix that takes longer is given up: an inspector does not stand still for it. */
const LOCATE_MS_MAX = 15_000;

export type Located = { point: Point } | { missing: "denied" | "unavailable" | "timeout" };

/** The device's own fix with its accuracy, or why there is none. A place is never made up. */
export function locate(): Promise<Located> {
  if (!("geolocation" in navigator)) return Promise.resolve({ missing: "unavailable" });
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({ point: { lat: coords.latitude, lon: coords.longitude, accuracy_m: Math.round(coords.accuracy) } }),
      (error) => resolve({ missing: MISSING[error.code] ?? "unavailable" }),
      { enableHighAccuracy: true, timeout: LOCATE_MS_MAX, maximumAge: 0 },
    );
  });
}

/** By the codes of `GeolocationPositionError`. */
const MISSING: Record<number, "denied" | "unavailable" | "timeout"> = { 1: "denied", 2: "unavailable", 3: "timeout" };
