import { expect, test } from "vitest";
import { nextOfToday, nextUnanswered, whereToGoOn } from "@/lib/walk";
import { agreed, assignmentCard, conflict, inspectionCard, item, SUPERVISOR } from "@/testing/samples";

const returned = { reason: "补拍", by: SUPERVISOR, at: 0 };
const items = [
  item({ code: "A", answer: agreed("pass") }),
  item({ code: "B", pending: true }),
  item({ code: "C" }),
  item({ code: "D", answer: conflict("pass", "fail") }),
];

test("the next card is the next that nobody answered, going round once", () => {
  expect(nextUnanswered(items, "A")?.code).toBe("C");
  expect(nextUnanswered(items, "D")?.code).toBe("C");
  expect(nextUnanswered(items, "C")).toBeNull();
});

test("work goes on with what came back, then the open, then the disputed", () => {
  expect(whereToGoOn([...items, item({ code: "E", answer: agreed("fail"), returned })])?.code).toBe("E");
  expect(whereToGoOn(items)?.code).toBe("C");
  expect(whereToGoOn(items.filter((each) => each.code !== "C"))?.code).toBe("D");
});

test("today begins with what was returned, then the earliest assignment, then what is open", () => {
  const day = { day: "2026-11-23", returned: [], assignments: [], open: [], done: [] };
  const full = { ...day, returned: [inspectionCard()], assignments: [assignmentCard()], open: [inspectionCard()] };
  expect(nextOfToday(full)?.kind).toBe("returned");
  expect(nextOfToday({ ...full, returned: [] })).toMatchObject({ kind: "assignment", begun: false });
  expect(nextOfToday({ ...full, returned: [], assignments: [] })?.kind).toBe("open");
  expect(nextOfToday(day)).toBeNull();
});
