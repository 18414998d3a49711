import { showDialog, showToast } from "vant";
import { useWords } from "@/composables/words";
import { asFailure } from "@/lib/failure";
import { platform } from "@/lib/platform";

/** Runs what must reach the disk, and is loud when it did not. */
export function useSaving() {
  const { t, sentence } = useWords();

  /** Whether it is on disk. */
  async function saved(save: () => Promise<unknown>): Promise<boolean> {
    try {
      await save();
      platform.buzzSaved();
      return true;
    } catch (error) {
      platform.buzzFailure();
      await showDialog({ title: t("save.failed"), message: sentence(asFailure(error)), className: "save-failed" });
      return false;
    }
  }

  function told(key: string) {
    showToast(t(key));
  }

  return { saved, told };
}
