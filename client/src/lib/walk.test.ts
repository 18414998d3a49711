import { expect, test } from "vitest";
import { isSearched, leftOut, loose, nextOfToday, nextUnanswered, restOf, whereToGoOn } from "@/lib/walk";
import { agreed, assignmentCard, conflict, finding, inspectionCard, item, SUPERVISOR } from "@/testing/samples";

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

test("the rest that passes leaves out where a problem stands, and those are counted", () => {
  const struck = finding({ id: "f2", struck: { reason: "看错", by: SUPERVISOR, at: 0 } });
  const domain = {
    code: "SAN",
    title: { zh: "环境卫生", en: "Sanitation" },
    answered: 0,
    asked: 4,
    items: [
      item({ code: "A", findings: [finding(), finding({ id: "f3", held: true })] }),
      item({ code: "B", findings: [struck] }),
      item({ code: "C" }),
      item({ code: "D", answer: agreed("fail"), findings: [finding()] }),
    ],
  };
  expect(restOf(domain).map(({ code }) => code)).toEqual(["B", "C"]);
  expect(leftOut(domain).map(({ code }) => code)).toEqual(["A"]);
});

test("a problem that stands against no answer, or against a good one, is told apart", () => {
  const found = { findings: [finding()] };
  const all = [
    item({ code: "A", ...found }),
    item({ code: "B", ...found, answer: agreed("pass") }),
    item({ code: "C", ...found, answer: agreed("na") }),
    item({ code: "D", ...found, answer: agreed("fail") }),
    item({ code: "E", answer: agreed("pass") }),
    // 96 of 100 is good, and four are not.
    item({
      code: "F",
      ...found,
      scale: { scale: "ratio", full: 9500, half: null, proportional: true },
      answer: agreed("96/100"),
    }),
    item({ code: "G", ...found, answer: conflict("pass", "fail") }),
  ];
  expect(loose(all, []).problems.map(({ code }) => code)).toEqual(["A", "B", "C"]);
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
