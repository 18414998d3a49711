import { useI18n } from "vue-i18n";

/** A deadline class in words; a class the language files do not know keeps its code, and some kinds have none. */
export function useDeadline() {
  const { t, te } = useI18n();

  function deadline(code: string | null | undefined): string {
    if (!code) return t("deadline.none");
    return te(`deadline.${code}`, "zh") ? t(`deadline.${code}`) : code;
  }

  return { deadline };
}
