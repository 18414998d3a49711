import { mount } from "@vue/test-utils";
import { beforeEach, expect, test } from "vitest";
import { nextTick } from "vue";
import { Failure } from "@/api/failure";
import AnswerValue from "@/components/AnswerValue.vue";
import FailureNotice from "@/components/FailureNotice.vue";
import StateBadge from "@/components/StateBadge.vue";
import { REVIEW_STATES } from "@/filters/review";
import { i18n, language } from "@/i18n";

const global = { plugins: [i18n] };

beforeEach(async () => {
  language.value = "zh";
  await nextTick();
});

test("every review state is an icon and a word, not a colour alone", () => {
  for (const state of REVIEW_STATES) {
    const badge = mount(StateBadge, { props: { state }, global });
    expect(badge.find("svg").exists(), state).toBe(true);
    expect(badge.text(), state).not.toContain("state.");
  }
});

test("a value is said in the words of its scale", () => {
  const said = (value: string | null, scale: InstanceType<typeof AnswerValue>["$props"]["scale"]) =>
    mount(AnswerValue, { props: { value, scale }, global }).text();
  expect(said("4/5", { scale: "sample", of: 5 })).toBe("抽 5 合格 4");
  expect(said("47/50", { scale: "ratio", full: 9000, proportional: false })).toBe("47/50（94%）");
  expect(
    said("1/2", {
      scale: "graded",
      standards: [
        { zh: "甲", en: "a" },
        { zh: "乙", en: "b" },
      ],
    }),
  ).toBe("达标 1/2");
  expect(said("na", { scale: "pass" })).toBe("不适用");
  expect(said(null, { scale: "pass" })).toBe("未记录");
});

test("a failure is a sentence with its parameters and offers to try again", async () => {
  const notice = mount(FailureNotice, { props: { failure: new Failure("locked_out", { minutes: "15" }) }, global });
  expect(notice.text()).toContain("15 分钟");
  await notice.find("button").trigger("click");
  expect(notice.emitted("retry")).toHaveLength(1);
});

test("a code nobody foresaw is shown, not swallowed", () => {
  const notice = mount(FailureNotice, { props: { failure: new Failure("moon_phase") }, global });
  expect(notice.text()).toContain("moon_phase");
});
