import { showToast } from "vant";
import { useWords } from "@/composables/words";
import { tell } from "@/lib/dialog";
import { asFailure } from "@/lib/failure";
import { platform } from "@/lib/platform";
import { useSyncStore } from "@/stores/sync";

/** Runs what must reach the disk, and is loud when it did not. */
export function useSaving() {
  const { t, sentence } = useWords();
  const sync = useSyncStore();

  /** Whether it is on disk. `failed` says why not, in place of the loud words. */
  async function saved(save: () => Promise<unknown>, failed: (why: string) => unknown = loud): Promise<boolean> {
    try {
      await save();
      platform.buzzSaved();
      // There is more to deliver now, and every screen says how much.
      void sync.load();
      return true;
    } catch (error) {
      platform.buzzFailure();
      await failed(sentence(asFailure(error)));
      return false;
    }
  }

  async function loud(why: string) {
    await tell({ title: t("save.failed"), message: why, className: "save-failed" });
  }

  function told(key: string) {
    showToast(t(key));
  }

  return { saved, told };
}
