import { storeToRefs } from "pinia";
import { computed } from "vue";
import type { InspectionView } from "@/lib/bindings";
import { useInspectionStore } from "@/stores/inspection";

/** The inspection of the frame around a screen; inside the frame there always is one. */
export function useInspection() {
  const store = useInspectionStore();
  const refs = storeToRefs(store);
  const inspection = computed(() => refs.view.value as InspectionView);
  /** Struck visits and dismissed ones take no more answers. */
  const closed = computed(() => inspection.value.struck !== null || inspection.value.state === "dismissed");
  const home = computed(() => `/inspections/${inspection.value.id}`);
  return { store, inspection, closed, home, items: refs.items, saving: refs.saving, lastTap: refs.lastTap };
}
