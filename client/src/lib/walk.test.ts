import { expect, test } from "vitest";
import { isSearched, nextOfToday, nextUnanswered, whereToGoOn } from "@/lib/walk";
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
  const day = { day: "2026-11-23", returned: [], cases: [], assignments: [], open: [], done: [] };
  const full = {
    ...day,
    returned: [inspectionCard()],
    cases: [],
    assignments: [assignmentCard()],
    open: [inspectionCard()],
  };
  expect(nextOfToday(full)?.kind).toBe("returned");
  expect(nextOfToday({ ...full, returned: [] })).toMatchObject({ kind: "assignment", begun: false });
  expect(nextOfToday({ ...full, returned: [], cases: [], assignments: [] })?.kind).toBe("open");
  expect(nextOfToday(day)).toBeNull();
});

test("an item is found by its code, its name in either language, or a kind of its findings", () => {
  const bins = item({
    code: "SAN-06",
    title: { zh: "垃圾分类容器齐全", en: "Sorting bins complete" },
    kinds: [
      { code: "SAN-06-1", title: { zh: "桶身破损", en: "Broken bin" }, severity: "minor", veto: false, deadline: "T3" },
    ],
  });
  for (const typed of ["", "san-06", "容器", "BINS", "06 分类", "破损"]) expect(isSearched(bins, typed)).toBe(true);
  expect(isSearched(bins, "容器 绿化")).toBe(false);
});
