import { Locale } from "vant";
import vantEn from "vant/es/locale/lang/en-US";
import vantZh from "vant/es/locale/lang/zh-CN";
import { createI18n } from "vue-i18n";
import type { Text } from "@/lib/bindings";
import en from "@/locales/en.json";
import zh from "@/locales/zh-CN.json";

export const LOCALES = ["zh-CN", "en"] as const;
export type LocaleName = (typeof LOCALES)[number];

export const i18n = createI18n({
  legacy: false,
  locale: "zh-CN" as LocaleName,
  fallbackLocale: "zh-CN",
  messages: { "zh-CN": zh, en },
});

export function setLocale(locale: LocaleName) {
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
  if (locale === "en") Locale.use("en-US", vantEn);
  else Locale.use("zh-CN", vantZh);
}

/** A text that comes in both languages. */
export function said(text: Text): string {
  return i18n.global.locale.value === "en" ? text.en : text.zh;
}
