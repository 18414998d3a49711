import { storeToRefs } from "pinia";
import { onUnmounted, ref, watch } from "vue";
import type { PhotoView } from "@/lib/bindings";
import { platform } from "@/lib/platform";
import { watermarked } from "@/lib/watermark";
import { useSettingsStore } from "@/stores/settings";

/** A photo's picture, small for a screen and large when it is asked for; large it bears its words, unless that is switched off. */
export function usePicture(photo: () => PhotoView, words: () => string[]) {
  const { watermark } = storeToRefs(useSettingsStore());
  const url = ref<string | null>(null);
  const missing = ref(false);
  /** The photo as it is shown large, for as long as it is. */
  const enlarged = ref<string | null>(null);

  watch(() => [photo().hash, photo().on_device], load, { immediate: true });
  onUnmounted(release);

  async function load() {
    release();
    missing.value = false;
    try {
      // The small picture of a photo stays when its own bytes have left the phone.
      url.value = URL.createObjectURL(await picture("thumb"));
    } catch {
      // A picture that cannot be read is shown as not here; its record stays.
      missing.value = true;
    }
  }

  async function picture(size: "thumb" | "full") {
    return new Blob([await platform.photo(photo().hash, size)], { type: "image/jpeg" });
  }

  function release() {
    if (url.value) URL.revokeObjectURL(url.value);
    url.value = null;
  }

  /** The photo as it is shown large; one that cannot be drawn on is shown as it is. */
  async function large(): Promise<string> {
    const whole = await picture("full");
    const copy = watermark.value ? await watermarked(whole, words()).catch(() => whole) : whole;
    return URL.createObjectURL(copy);
  }

  async function enlarge() {
    if (!url.value) return;
    enlarged.value = await large().catch(() => url.value!);
  }

  function reduce() {
    if (enlarged.value && enlarged.value !== url.value) URL.revokeObjectURL(enlarged.value);
    enlarged.value = null;
  }

  return { url, missing, enlarged, enlarge, reduce };
}
