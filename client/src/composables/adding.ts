import { computed, ref } from "vue";
import { useSaving } from "@/composables/saving";
import type { PhotoView } from "@/lib/bindings";
import { platform, type NewPhoto } from "@/lib/platform";
import { useSettingsStore } from "@/stores/settings";

/** Photos of an item, a finding or a case. Each is on disk before it is shown, and shown without waiting for the next. */
export function useAddingPhotos() {
  const { saved } = useSaving();
  const settings = useSettingsStore();
  const batches = ref(0);
  const adding = computed(() => batches.value > 0);

  /** Resolves to how many are on disk; `added` hears of each as soon as it is. */
  async function addPhotos(
    files: File[],
    to: Omit<NewPhoto, "file" | "detail">,
    added: (photo: PhotoView) => unknown = () => undefined,
  ): Promise<number> {
    let count = 0;
    batches.value += 1;
    try {
      for (const file of files) {
        // One broken picture does not cost the others.
        const done = await saved(async () =>
          added(await platform.photoAdd({ file, detail: settings.photoDetail, ...to })),
        );
        if (done) count += 1;
      }
    } finally {
      batches.value -= 1;
    }
    return count;
  }

  return { adding, addPhotos };
}
