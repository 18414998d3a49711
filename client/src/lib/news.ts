import type { Today } from "@/lib/bindings";

/** How much has come for a person since he last looked, by kind. */
export type News = Record<"returned" | "cases" | "assignments", number>;

const KINDS = ["returned", "cases", "assignments"] as const;

/** What is there to do now and was not before. */
export function newsOf(before: Today, now: Today): News {
  const count = (kind: (typeof KINDS)[number]) => {
    const known = new Set(before[kind].map((card) => card.id));
    return now[kind].filter((card) => !known.has(card.id)).length;
  };
  return { returned: count("returned"), cases: count("cases"), assignments: count("assignments") };
}

/** The kinds of which there is something, in the order of 今日. */
export function told(news: News): (keyof News)[] {
  return KINDS.filter((kind) => news[kind] > 0);
}
