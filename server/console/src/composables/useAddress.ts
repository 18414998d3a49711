import { computed } from "vue";
import { useRoute, useRouter } from "vue-router";
import { one, pageOf, sparse } from "@/filters/address";

/** Filters of a plain list kept in the address bar, with its page; a changed filter starts at the first page. */
export function useAddress<Key extends string>(keys: readonly Key[]) {
  const route = useRoute();
  const router = useRouter();

  const values = computed(
    () => Object.fromEntries(keys.map((key) => [key, one(route.query, key)])) as Record<Key, string>,
  );
  const page = computed({
    get: () => pageOf(route.query),
    set: (wanted: number) => void router.replace({ query: sparse({ ...values.value, page: wanted }, { page: 1 }) }),
  });

  function set(change: Partial<Record<Key, string | null | undefined>>) {
    const next: Record<string, string> = { ...values.value };
    for (const [key, value] of Object.entries(change)) next[key] = typeof value === "string" ? value : "";
    void router.replace({ query: sparse(next, {}) });
  }

  /** What the server is asked: empty filters are not sent. */
  const asked = computed(
    () => ({ ...sparse(values.value, {}), page: page.value }) as Partial<Record<Key, string>> & { page: number },
  );

  return { values, page, set, asked };
}
