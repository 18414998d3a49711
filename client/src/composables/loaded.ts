import { onMounted, onUnmounted, ref, shallowRef, watch } from "vue";
import type { Failure } from "@/lib/bindings";
import { asFailure } from "@/lib/failure";
import { platform } from "@/lib/platform";

/**
 * What a screen shows: read at once, again when `input` changes, and again when something merged or was
 * acknowledged. Reads that come back late are dropped.
 */
export function useLoaded<T>(load: () => Promise<T>, input?: () => unknown) {
  const data = shallowRef<T | null>(null);
  const failure = ref<Failure | null>(null);
  let turn = 0;

  async function reload() {
    const mine = ++turn;
    try {
      const found = await load();
      if (mine !== turn) return;
      data.value = found;
      failure.value = null;
    } catch (error) {
      if (mine === turn) failure.value = asFailure(error);
    }
  }

  if (input) watch(input, reload);
  onMounted(reload);
  useChanged(() => void reload());

  return { data, failure, reload };
}

/** Hears of changes for as long as the component lives. */
export function useChanged(heard: (inspection: string | null) => void) {
  let stop: (() => void) | null = null;
  let gone = false;
  onMounted(async () => {
    const unlisten = await platform.onChanged(heard);
    if (gone) {
      unlisten();
      return;
    }
    stop = unlisten;
    // What changed between the first reading and now was said to nobody.
    heard(null);
  });
  onUnmounted(() => {
    gone = true;
    stop?.();
  });
}
