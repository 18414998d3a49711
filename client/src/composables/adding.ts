import { ref } from "vue";
import { useSaving } from "@/composables/saving";
import type { PhotoView } from "@/lib/bindings";
import { platform, type NewPhoto } from "@/lib/platform";
import { useSettingsStore } from "@/stores/settings";

/** Photos of an item, or of a finding. Each is on disk before it is shown. */
export function useAddingPhotos() {
  const { saved } = useSaving();
  const settings = useSettingsStore();
  const adding = ref(false);

  async function addPhotos(files: File[], to: Omit<NewPhoto, "file" | "detail">): Promise<PhotoView[]> {
    if (adding.value) return [];
    const added: PhotoView[] = [];
    adding.value = true;
    try {
      for (const file of files) {
        // One broken picture does not cost the others.
        await saved(async () => added.push(await platform.photoAdd({ file, detail: settings.photoDetail, ...to })));
      }
    } finally {
      adding.value = false;
    }
    return added;
  }

  return { adding, addPhotos };
}
