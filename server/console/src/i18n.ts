import { ref, watch } from "vue";
import { createI18n } from "vue-i18n";
import en from "@/locales/en.json";
import zh from "@/locales/zh.json";

export type Language = "zh" | "en";

const STORAGE_KEY = "rounds.language";

function remembered(): Language {
  return localStorage.getItem(STORAGE_KEY) === "en" ? "en" : "zh";
}

export const language = ref<Language>(remembered());

export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: "zh",
  messages: { zh, en },
});

watch(
  language,
  (chosen) => {
    i18n.global.locale.value = chosen;
    document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
    localStorage.setItem(STORAGE_KEY, chosen);
  },
  { immediate: true },
);
