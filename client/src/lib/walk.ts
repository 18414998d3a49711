/** The way through an inspection: what comes next, what is still open. */
import { isOpenConflict, isUnanswered } from "@/lib/answer";
import { gaps, lacksFinding, liveFindings } from "@/lib/evidence";
import type { DomainView, ItemView, RemarkView, Today } from "@/lib/bindings";

export interface Step {
  domain: DomainView;
  item: ItemView;
}

export function steps(domains: DomainView[]): Step[] {
  return domains.flatMap((domain) => domain.items.map((item) => ({ domain, item })));
}

/** The first of these after a place, going round to the start once. */
function firstAfter(items: ItemView[], code: string | null, wanted: (item: ItemView) => boolean): ItemView | null {
  const at = items.findIndex((item) => item.code === code);
  return [...items.slice(at + 1), ...items.slice(0, Math.max(0, at))].find(wanted) ?? null;
}

export function nextUnanswered(items: ItemView[], code: string): ItemView | null {
  return firstAfter(items, code, isUnanswered);
}

/** Where work goes on: what was returned first, then what nobody answered, then what is disputed. */
export function whereToGoOn(items: ItemView[]): ItemView | null {
  return (
    firstAfter(items, null, (item) => item.returned !== null) ??
    firstAfter(items, null, isUnanswered) ??
    firstAfter(items, null, isOpenConflict) ??
    items[0] ??
    null
  );
}

/** What a person may still want to see to before a submit. Nothing of it prevents one. */
export function loose(items: ItemView[], remarks: RemarkView[]) {
  return {
    returned: items.filter((item) => item.returned !== null),
    unanswered: items.filter(isUnanswered),
    findings: items.filter(lacksFinding),
    problems: items.filter(contradictsFinding),
    evidence: items.flatMap((item) => gaps(item, remarks)),
    conflicts: items.filter(isOpenConflict),
  };
}

/** Whether a problem stands here and the answer says nothing of it: there is none, or it is 合格 or 不适用. */
function contradictsFinding(item: ItemView): boolean {
  const { value } = item.answer;
  return liveFindings(item).length > 0 && (isUnanswered(item) || value === "pass" || value === "na");
}

/** What 本组其余合格 would answer: what nobody has, by yes or no. What must be counted or sampled stays open. */
export function restOf(domain: DomainView): ItemView[] {
  return open(domain).filter((item) => liveFindings(item).length === 0);
}

/** What it leaves out because a problem is recorded there. */
export function leftOut(domain: DomainView): ItemView[] {
  return open(domain).filter((item) => liveFindings(item).length > 0);
}

function open(domain: DomainView): ItemView[] {
  const yesOrNo = ({ scale: { scale } }: ItemView) => scale === "pass" || scale === "count";
  return domain.items.filter((item) => isUnanswered(item) && item.answer.held === null && yesOrNo(item));
}

/** Whether every word that was typed is in the item's code, its name in either language, or one of its kinds of finding. */
export function isSearched(item: ItemView, typed: string): boolean {
  const names = [item.title, ...item.kinds.map((kind) => kind.title)].flatMap(({ zh, en }) => [zh, en]);
  const said = [item.code, ...names].join("\n").toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

export type Next = { kind: "returned" | "open"; inspection: string } | { kind: "assignment"; assignment: string };

/** What to do next today. */
export function nextOfToday(today: Today): (Next & { place: string; begun: boolean }) | null {
  const returned = today.returned[0];
  if (returned) return { kind: "returned", inspection: returned.id, place: place(returned), begun: true };
  const assignment = today.assignments[0];
  if (assignment) {
    const begun = assignment.inspection !== null;
    return { kind: "assignment", assignment: assignment.id, place: place(assignment), begun };
  }
  const open = today.open[0];
  return open ? { kind: "open", inspection: open.id, place: place(open), begun: true } : null;
}

function place({ area, site }: { area: { short: string }; site: { name: string } | null }): string {
  return site ? site.name : area.short;
}
