import { ElMessage } from "element-plus";
import { ref } from "vue";
import { asFailure, type Failure } from "@/api/failure";
import { useSentence } from "@/composables/useSentence";

/** Runs one change at a time and says its failure in words; answers whether it went through. */
export function useAct() {
  const busy = ref(false);
  const { sentence } = useSentence();

  async function act(change: () => Promise<unknown>, onFailure?: (failure: Failure) => boolean): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    try {
      await change();
      return true;
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (!onFailure?.(failure)) ElMessage.error({ message: sentence(failure), duration: 8_000, showClose: true });
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { busy, act };
}
