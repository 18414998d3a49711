import { flushPromises, mount } from "@vue/test-utils";
import { ElOption, ElSelect } from "element-plus";
import { afterEach, expect, test, vi } from "vitest";
import { client } from "@/api/client";
import type { AreaRow } from "@/api/schema";
import AreaPicker from "@/components/AreaPicker.vue";
import { i18n } from "@/i18n";

const area = (code: string, short: string) => ({ code, short, path: "", level: "community" }) as AreaRow;

afterEach(() => vi.restoreAllMocks());

test("the areas of what was typed stay when the answer to an earlier question comes late", async () => {
  const answers = new Map<string, (rows: AreaRow[]) => void>();
  vi.spyOn(client, "GET").mockImplementation(
    ((_path: string, { params }: { params: { query: { query: string } } }) =>
      new Promise((resolve) =>
        answers.set(params.query.query, (data) => resolve({ data, response: new Response() })),
      )) as unknown as typeof client.GET,
  );
  const picker = mount(AreaPicker, { props: { modelValue: "" }, global: { plugins: [i18n] } });
  const find = picker.getComponent(ElSelect).props("remoteMethod") as (query: string) => void;

  find("");
  find("翠湖");
  await flushPromises();
  answers.get("翠湖")?.([area("530102001003", "翠湖西路社区")]);
  await flushPromises();
  answers.get("")?.([area("530100", "昆明市")]);
  await flushPromises();

  expect(picker.findAllComponents(ElOption).map((option) => option.props("label"))).toEqual(["翠湖西路社区"]);
});
