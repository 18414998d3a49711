import { mount, type VueWrapper } from "@vue/test-utils";
import { beforeEach, expect, test } from "vitest";
import { nextTick } from "vue";
import type { InspectionDetail, ItemDetail, Value } from "@/api/schema";
import { i18n, language } from "@/i18n";
import ConflictPanel from "@/views/review/ConflictPanel.vue";

const wang = { id: "u1", name: "Wang" };
const li = { id: "u2", name: "Li" };
const value = (by: typeof wang, said: string, op: string): Value => ({
  value: said,
  by,
  at: 0,
  how: "tap",
  op,
  device: `d-${by.id}`,
});

function item(values: Value[], state: ItemDetail["answer"]["state"] = "conflict"): ItemDetail {
  return {
    code: "SAN-05",
    title: { zh: "无成堆成片暴露垃圾", en: "No heaps of exposed rubbish" },
    methods: ["field"],
    scale: { scale: "count", off: 200 },
    weight: 800,
    evidence: [],
    clause: "",
    pending: false,
    brought: false,
    kinds: [],
    answer: {
      state,
      values,
      covers: values.map(({ op }) => op),
      decisions: state === "decided" ? [{ value: "fail", by: li, at: 0, reason: "seen" }] : [],
    },
    findings: [],
    photos: [],
    history: [],
  };
}

const detail = {
  devices: [{ device: "d-u1", name: "Tablet 7", user: wang, changes: 3 }],
} as unknown as InspectionDetail;

const show = (shown: ItemDetail, reviews = true) =>
  mount(ConflictPanel, { props: { detail, item: shown, reviews, busy: false }, global: { plugins: [i18n] } });

const choose = (panel: VueWrapper, index: number) => panel.findAll("input[type=radio]")[index]!.setValue();

beforeEach(async () => {
  language.value = "en";
  await nextTick();
});

test("both values stand side by side with who recorded them and on which device", () => {
  const panel = show(item([value(wang, "pass", "op1"), value(li, "fail", "op2")]));
  const opinions = panel.findAll(".opinion").map((opinion) => opinion.text());
  expect(opinions[0]).toContain("Pass");
  expect(opinions[0]).toContain("Wang");
  expect(opinions[0]).toContain("Tablet 7");
  expect(opinions[1]).toContain("Fail");
  expect(opinions[1]).toContain("Li");
});

test("who recorded the same value stands together", () => {
  const panel = show(
    item([value(wang, "pass", "op1"), value(li, "fail", "op2"), value({ id: "u3", name: "Zhao" }, "pass", "op3")]),
  );
  expect(panel.findAll(".opinion")).toHaveLength(3); // two opinions and the choice of another value
  expect(panel.find(".opinion").text()).toContain("Zhao");
});

test("a decision needs a value and a reason, and names every value it was made in knowledge of", async () => {
  const panel = show(item([value(wang, "pass", "op1"), value(li, "fail", "op2")]));
  const button = panel.find("button[type=submit]");
  expect(button.attributes("disabled")).toBeDefined();
  await choose(panel, 1);
  await panel.find("textarea").setValue("  the photo proves it ");
  expect(button.attributes("disabled")).toBeUndefined();
  await panel.find("form").trigger("submit");
  expect(panel.emitted("decide")).toEqual([
    [{ item: "SAN-05", value: "fail", covers: ["op1", "op2"], reason: "the photo proves it" }],
  ]);
});

test("a value that arrives meanwhile clears the choice made without it", async () => {
  const first = [value(wang, "pass", "op1"), value(li, "fail", "op2")];
  const panel = show(item(first));
  await choose(panel, 1);
  await panel.find("textarea").setValue("the photo proves it");
  expect(panel.find("button[type=submit]").attributes("disabled")).toBeUndefined();
  await panel.setProps({ item: item([...first, value({ id: "u3", name: "Zhao" }, "na", "op3")]) });
  expect(panel.find("button[type=submit]").attributes("disabled")).toBeDefined();
});

test("who may not review sees the values and no way to decide", () => {
  const panel = show(item([value(wang, "pass", "op1"), value(li, "fail", "op2")]), false);
  expect(panel.findAll(".opinion")).toHaveLength(2);
  expect(panel.find("form").exists()).toBe(false);
});

test("a decided item shows its decision and keeps both values readable", () => {
  const panel = show(item([value(wang, "pass", "op1"), value(li, "fail", "op2")], "decided"));
  expect(panel.find(".decision").text()).toContain("seen");
  expect(panel.findAll(".opinion")).toHaveLength(2);
  expect(panel.find("form").exists()).toBe(false);
});

test("supervisors who decided differently are shown beside each other, and it is open again", () => {
  const shown = item([value(wang, "pass", "op1"), value(li, "fail", "op2")], "reopened");
  shown.answer.decisions = [
    { value: "fail", by: li, at: 0, reason: "seen" },
    { value: "pass", by: wang, at: 1, reason: "called" },
  ];
  const panel = show(shown);
  const decisions = panel.findAll(".decision").map((decision) => decision.text());
  expect(decisions).toHaveLength(2);
  expect(decisions[0]).toContain("Li");
  expect(decisions[1]).toContain("Wang");
  expect(panel.find(".reopened").text()).toContain("differently");
  expect(panel.find("form").exists()).toBe(true);
});
