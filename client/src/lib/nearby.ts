/** What is near: the next place to go to, and findings that may be one defect seen twice. A person says whether they are. */
import type { AssignmentCard, FindingView, ItemView, Point, SiteRow } from "@/lib/bindings";
import { dayOf } from "@/lib/moment";

/** What the phones of two people who stand at the same place may say. */
export const SAME_PLACE_M = 15;
const EARTH_RADIUS_M = 6_371_000;

/** In metres; for places of one city the earth is flat enough. */
export function distance(a: Point, b: Point): number {
  const radians = Math.PI / 180;
  const east = (b.lon - a.lon) * radians * Math.cos(((a.lat + b.lat) / 2) * radians);
  const north = (b.lat - a.lat) * radians;
  return EARTH_RADIUS_M * Math.hypot(east, north);
}

/** How far away a place is, where both are known. */
export function metresTo(site: SiteRow | null, here: Point | null): number | null {
  return site?.point && here ? Math.round(distance(site.point, here)) : null;
}

/**
 * What is due on the same day from near to far; of what nobody knows where it is, the order stays, and it comes last.
 * What is superseded 已被取代 comes behind all that stands, however early it was due.
 */
export function fromNearToFar(cards: AssignmentCard[], here: Point | null): AssignmentCard[] {
  const over = (card: AssignmentCard) => Number(card.superseded !== null);
  const far = (card: AssignmentCard) => metresTo(card.site, here) ?? Infinity;
  return [...cards].sort(
    (a, b) => over(a) - over(b) || a.due.localeCompare(b.due) || (far(a) === far(b) ? 0 : far(a) - far(b)),
  );
}

/** The nearest earlier finding of the same item and day that is at most 15 m away. */
export function seenBefore(finding: FindingView, item: ItemView): { other: FindingView; metres: number } | null {
  const { point } = finding;
  if (!point || finding.struck || finding.held) return null;
  const near = item.findings.flatMap((other) => {
    if (!other.point || other.struck || other.held || !isEarlier(other, finding)) return [];
    if (dayOf(other.at) !== dayOf(finding.at)) return [];
    const metres = distance(other.point, point);
    return metres <= SAME_PLACE_M ? [{ other, metres: Math.round(metres) }] : [];
  });
  return near.sort((a, b) => a.metres - b.metres)[0] ?? null;
}

/** Two of the same second have an order too, or each would be joined with the other. */
function isEarlier(one: FindingView, other: FindingView): boolean {
  return one.at < other.at || (one.at === other.at && one.id < other.id);
}
