import { ref, shallowRef, watch, type WatchSource } from "vue";
import { asFailure, type Failure } from "@/api/failure";
import { useLive } from "@/stores/live";

/**
 * Something asked of the server for a screen: again when what it depends on changes, and quietly whenever the server
 * pokes. The last good result stays while the next one is on its way; an answer that was overtaken is dropped.
 */
export function useLoad<Result>(fetch: () => Promise<Result>, depends?: WatchSource<unknown>) {
  const data = shallowRef<Result | null>(null);
  const loading = ref(false);
  const failure = shallowRef<Failure | null>(null);
  const live = useLive();
  let latest = 0;

  async function run(visibly: boolean) {
    const mine = ++latest;
    if (visibly) loading.value = true;
    try {
      const result = await fetch();
      if (mine !== latest) return;
      data.value = result;
      failure.value = null;
    } catch (thrown) {
      if (mine !== latest) return;
      failure.value = asFailure(thrown);
    } finally {
      if (mine === latest) loading.value = false;
    }
  }

  const reload = () => run(true);
  const refresh = () => run(false);

  if (depends) watch(depends, reload);
  watch(() => live.pokes, refresh);
  void reload();

  return { data, loading, failure, reload, refresh };
}
