import { defineStore } from "pinia";
import { ref, watch, watchEffect } from "vue";
import { i18n, setLocale, type LocaleName } from "@/i18n";
import type { PhotoDetail } from "@/lib/bindings";
import { platform } from "@/lib/platform";

/** Percent of the ordinary text size. */
export const TEXT_SIZES = [100, 115, 130, 150, 200] as const;
export const THEMES = ["light", "dark", "outdoor"] as const;
export const PHOTO_DETAILS = ["sparing", "standard", "fine"] as const satisfies PhotoDetail[];
export type Theme = (typeof THEMES)[number];

const KEY = "rounds.settings";

interface Settings {
  locale: LocaleName;
  text_size: (typeof TEXT_SIZES)[number];
  theme: Theme;
  /** Whether enlarged photos show place, time, inspector and item. */
  watermark: boolean;
  /** How much is kept of a photo. */
  photo_detail: PhotoDetail;
  /** Whether photos wait for Wi-Fi. */
  wifi_only: boolean;
  /** Whether the app says what came while it is out of sight. */
  notices: boolean;
  /** Whether whoever looked away comes back by finger or face. */
  recognised: boolean;
}

/** A screen with less room than this, in characters across, keeps to what is needed. */
const ROOMY_REM_MIN = 17;

/** How this person wants the screen; it stays on this device. */
export const useSettingsStore = defineStore("settings", () => {
  const stored = read();
  const locale = ref<LocaleName>(stored.locale ?? i18n.global.locale.value);
  const textSize = ref(stored.text_size ?? 100);
  const theme = ref<Theme>(stored.theme ?? "light");
  const watermark = ref(stored.watermark ?? true);
  const wifiOnly = ref(stored.wifi_only ?? false);
  const photoDetail = ref<PhotoDetail>(stored.photo_detail ?? "standard");
  const notices = ref(stored.notices ?? true);
  const recognised = ref(stored.recognised ?? false);

  const width = ref(window.innerWidth);
  window.addEventListener("resize", () => (width.value = window.innerWidth));

  watch(
    locale,
    (name) => {
      setLocale(name);
      platform.entitle(i18n.global.t("app.title"));
    },
    { immediate: true },
  );
  watchEffect(() => {
    const rem = (16 * textSize.value) / 100;
    document.documentElement.style.fontSize = `${rem}px`;
    // Not a container query: those do not follow a change of the root's text size.
    document.documentElement.dataset.room = width.value < ROOMY_REM_MIN * rem ? "tight" : "ample";
    document.documentElement.dataset.theme = theme.value;
    const settings: Settings = {
      locale: locale.value,
      text_size: textSize.value,
      theme: theme.value,
      watermark: watermark.value,
      photo_detail: photoDetail.value,
      wifi_only: wifiOnly.value,
      notices: notices.value,
      recognised: recognised.value,
    };
    localStorage.setItem(KEY, JSON.stringify(settings));
  });

  return { locale, textSize, theme, watermark, photoDetail, wifiOnly, notices, recognised };
});

function read(): Partial<Settings> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>;
  } catch {
    // Settings that cannot be read are settings not made yet.
    return {};
  }
}
