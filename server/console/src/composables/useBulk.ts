import { ElMessage } from "element-plus";
import { useI18n } from "vue-i18n";
import { useAct } from "@/composables/useAct";
import { useMany } from "@/composables/useMany";

/** Chosen rows of a list, and what became of them in words. */
export function useBulk<Row>(keyOf: (row: Row) => string) {
  const { t } = useI18n();
  const { act } = useAct();
  const many = useMany<Row>(keyOf);

  async function carryOut(change: (row: Row) => Promise<unknown>, rows?: Row[]) {
    await act(async () => {
      const { done, failed, stopped } = await many.run(change, rows);
      const lasting = { duration: 8_000, showClose: true };
      if (failed) ElMessage.warning({ message: t("bulk.some", { done, failed }), ...lasting });
      else if (stopped) ElMessage.info({ message: t("bulk.stopped", { done }), ...lasting });
      else ElMessage.success(t("bulk.done", { count: done }, done));
    });
  }

  return { many, carryOut };
}
