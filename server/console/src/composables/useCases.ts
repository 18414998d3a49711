import { computed, inject, provide, type InjectionKey, type Ref } from "vue";
import { ask, client } from "@/api/client";
import type { CaseRow } from "@/api/schema";
import { useLoad } from "@/composables/useLoad";

/** Findings of one inspection are far fewer. */
const CASES_MAX = 200;

interface Cases {
  /** The case that follows a finding. */
  of: (finding: string) => CaseRow | undefined;
  /** Opens the case of a finding 立案; its id. */
  open: (finding: string) => Promise<string>;
  reload: () => Promise<void>;
}

const CASES: InjectionKey<Cases> = Symbol("cases");

/** The cases that follow the findings of an inspection, for every finding below; nobody but reviewers sees them. */
export function provideCases(inspection: Ref<string>, reviews: Ref<boolean>) {
  const { data, reload } = useLoad(
    () =>
      inspection.value && reviews.value
        ? ask(client.GET("/v1/cases", { params: { query: { inspection: inspection.value, per_page: CASES_MAX } } }))
        : Promise.resolve(null),
    () => `${inspection.value} ${reviews.value}`,
  );
  const byFinding = computed(() => new Map(data.value?.rows.map((row) => [row.finding, row])));

  async function open(finding: string) {
    const opened = await ask(client.POST("/v1/cases", { body: { inspection: inspection.value, finding } }));
    await reload();
    return opened.row.id;
  }

  provide(CASES, { of: (finding) => byFinding.value.get(finding), open, reload });
}

/** None where no cases are shown. */
export const useCases = () => inject(CASES, null);
