import { expect, test } from "vitest";
import type { AssignmentCard, CaseCard, InspectionCard, Today } from "@/lib/bindings";
import { newsOf, told } from "@/lib/news";

function today(returned: string[], cases: string[], assignments: string[]): Today {
  const cards = <Card>(ids: string[]) => ids.map((id) => ({ id }) as Card);
  return {
    day: "2026-11-23",
    returned: cards<InspectionCard>(returned),
    cases: cards<CaseCard>(cases),
    assignments: cards<AssignmentCard>(assignments),
    open: [],
    done: [],
  };
}

test("only what was not there before is news, and what is done is none", () => {
  const news = newsOf(today(["a"], ["x"], ["p", "q"]), today(["a", "b"], [], ["q", "r", "s"]));
  expect(news).toEqual({ returned: 1, cases: 0, assignments: 2 });
  expect(told(news)).toEqual(["returned", "assignments"]);
});
