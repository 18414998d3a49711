import type { Text } from "@/api/schema";
import { language } from "@/i18n";

/** Texts that come from the server in both languages, in the reader's. */
export function useText() {
  return (text: Text) => text[language.value] || text.zh;
}
