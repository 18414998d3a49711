import { ref, shallowRef, watch, type WatchSource } from "vue";
import { inBackground } from "@/api/client";
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

  async function run(call: () => Promise<Result>) {
    const mine = ++latest;
    try {
      const result = await call();
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

  function reload(): Promise<void> {
    loading.value = true;
    return run(fetch);
  }

  /** Takes what a change answered with. It is newer than whatever is still on its way. */
  function put(result: Result) {
    latest += 1;
    data.value = result;
    failure.value = null;
    loading.value = false;
  }

  const refresh = () => run(() => inBackground(fetch));

  if (depends) watch(depends, reload);
  watch(() => live.pokes, refresh);
  void reload();

  return { data, loading, failure, reload, refresh, put };
}
