import type { Ref } from "vue";
import { useLeaving } from "@/composables/leaving";
import { useWords } from "@/composables/words";
import { isSure } from "@/lib/dialog";

/**
 * What is drawn by hand is kept nowhere until it is done: whoever closes its sheet, or leaves the screen with the sheet
 * open, is asked first. Resolves to whether it may go.
 */
export function useAskingFirst(shown: Ref<boolean>, drawn: () => boolean) {
  const { t } = useWords();

  async function mayClose(): Promise<boolean> {
    if (!shown.value || !drawn()) return true;
    return isSure({
      title: t("draw.leave"),
      message: t("draw.leave_words"),
      confirmButtonText: t("draw.leave_sure"),
      cancelButtonText: t("draw.stay"),
    });
  }

  useLeaving(mayClose);
  return mayClose;
}
