import * as phone from "@tauri-apps/plugin-geolocation";
import type { Point } from "@/lib/bindings";

/** Above this the screen warns that the place is rough; it never blocks. */
export const ACCURACY_GOOD_M = 20;
/** A fix that takes longer is given up: an inspector does not stand still for it. */
const LOCATE_MS_MAX = 15_000;
/** How long a place that was found is taken to be where its person still is. */
const KNOWN_MS_MAX = 10 * 60_000;
const EXACT = { enableHighAccuracy: true, timeout: LOCATE_MS_MAX, maximumAge: 0 };

export type Located = { point: Point } | { missing: "denied" | "unavailable" | "timeout" };
interface Coordinates {
  latitude: number;
  longitude: number;
  accuracy: number;
}

let found: { point: Point; at: number } | null = null;

/** The place that was found last, if since then and while it is fresh; the phone is not asked for another. */
export function knownPlace(since: number, now: number): Point | null {
  if (!found || found.at < since) return null;
  // A clock that was set back has not made it fresh again.
  return Math.abs(now - found.at) <= KNOWN_MS_MAX ? found.point : null;
}

/** The device's own fix with its accuracy, or why there is none. A place is never made up. */
export async function locate(): Promise<Located> {
  return (await byPhone()) ?? (await byWebView());
}

/** By the phone's own means; null where the shell has none, or cannot use them now: the web view may know better. */
async function byPhone(): Promise<Located | null> {
  try {
    let { location } = await phone.checkPermissions();
    if (location !== "granted") ({ location } = await phone.requestPermissions(["location"]));
    if (location === "denied") return { missing: "denied" };
    return located((await phone.getCurrentPosition(EXACT)).coords);
  } catch (error) {
    return String(error).includes("Timeout") ? { missing: "timeout" } : null;
  }
}

function byWebView(): Promise<Located> {
  if (!navigator.geolocation) return Promise.resolve({ missing: "unavailable" });
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve(located(coords)),
      (error) => resolve({ missing: MISSING[error.code] ?? "unavailable" }),
      EXACT,
    );
  });
}

function located({ latitude, longitude, accuracy }: Coordinates): Located {
  const point = { lat: latitude, lon: longitude, accuracy_m: Math.round(accuracy) };
  found = { point, at: Date.now() };
  return { point };
}

/** By the codes of `GeolocationPositionError`. */
const MISSING: Record<number, "denied" | "unavailable" | "timeout"> = { 1: "denied", 2: "unavailable", 3: "timeout" };
