import { useInspection } from "@/composables/inspecting";
import type { PhotoView, Point } from "@/lib/bindings";
import { platform } from "@/lib/platform";

/** How long somebody is taken to be where he has arrived. */
const ARRIVAL_MS_MAX = 4 * 3_600_000;

/** Where a photo was taken, as far as the phone knows it already: nobody waits for a place to keep a photo. */
export function useStanding() {
  const { store, inspection } = useInspection();

  /** `own` is the place of the finding it belongs to. Where a picture of the album was taken is known by that alone. */
  function placeOf(source: PhotoView["source"], own: Point | null): Point | null {
    if (own || source === "album") return own;
    // A place that was found before the visit was opened may be that of the site before.
    return platform.knownPlace(store.openedAt, Date.now()) ?? arrival(Date.now());
  }

  /** Where this person has come to, and not left since. */
  function arrival(now: number): Point | null {
    const last = inspection.value.presences.filter(({ by }) => by.mine).at(-1);
    if (last?.passage !== "arrival") return null;
    return Math.abs(now - last.at) <= ARRIVAL_MS_MAX ? last.point : null;
  }

  return { placeOf };
}
