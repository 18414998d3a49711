import { ref, watch } from "vue";
import { useRoute, useRouter, type LocationQuery } from "vue-router";
import { one } from "@/filters/address";
import { ITEM_FILTERS, type ItemFilter } from "@/views/review/item";

/** Which items of an inspection are shown, in the address bar beside the filters of the list it was opened from. */
export function useItemFilter() {
  const route = useRoute();
  const router = useRouter();
  const shown = ref(read(route.query));

  watch(
    () => read(route.query),
    (asked) => (shown.value = asked),
  );
  watch(shown, (items) => {
    if (items === read(route.query)) return;
    void router.replace({ query: { ...route.query, items: items === "all" ? undefined : items } });
  });
  return shown;
}

function read(query: LocationQuery): ItemFilter {
  return ITEM_FILTERS.find((filter) => filter === one(query, "items")) ?? "all";
}
