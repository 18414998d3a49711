import { createPinia, setActivePinia } from "pinia";
import { expect, test } from "vitest";
import { useLoad } from "@/composables/useLoad";

/** Calls that are answered by hand, in any order. */
function calls() {
  const answers: ((said: string) => void)[] = [];
  const call = () => new Promise<string>((resolve) => answers.push(resolve));
  return { call, answers };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("an answer that was overtaken does not replace the newer one", async () => {
  setActivePinia(createPinia());
  const { call, answers } = calls();
  const { data, refresh } = useLoad(call);
  void refresh();
  answers[1]?.("newer");
  await settled();
  answers[0]?.("older");
  await settled();
  expect(data.value).toBe("newer");
});

test("what a change answered with is not replaced by what was asked before it", async () => {
  setActivePinia(createPinia());
  const { call, answers } = calls();
  const { data, loading, put } = useLoad(call);
  put("decided");
  answers[0]?.("undecided");
  await settled();
  expect(data.value).toBe("decided");
  expect(loading.value).toBe(false);
});
