import { useI18n } from "vue-i18n";

/** The sentence of a code: what happened, what it means for the data, what to do. */
export function useSentence() {
  const { t, te } = useI18n();

  function sentence(failure: { code: string; params?: Record<string, string> }): string {
    const key = `errors.${failure.code}`;
    return te(key, "zh") ? t(key, named(failure.params ?? {})) : t("errors.unknown", { code: failure.code });
  }

  /** A field is named as its form names it, not as the contract does. */
  function named(params: Record<string, string>): Record<string, string> {
    const { field } = params;
    return field && te(`field.${field}`, "zh") ? { ...params, field: t(`field.${field}`) } : params;
  }

  return { sentence };
}
