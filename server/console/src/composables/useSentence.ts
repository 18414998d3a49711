import { useI18n } from "vue-i18n";

/** The sentence of a code: what happened, what it means for the data, what to do. */
export function useSentence() {
  const { t, te } = useI18n();

  function sentence(failure: { code: string; params?: Record<string, string> }): string {
    const key = `errors.${failure.code}`;
    return te(key, "zh") ? t(key, failure.params ?? {}) : t("errors.unknown", { code: failure.code });
  }

  return { sentence };
}
