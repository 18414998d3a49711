import { onBeforeUnmount, onMounted } from "vue";
import { useI18n } from "vue-i18n";
import { useChanged } from "@/composables/loaded";
import type { Today } from "@/lib/bindings";
import { newsOf, told } from "@/lib/news";
import { platform } from "@/lib/platform";
import { useSettingsStore } from "@/stores/settings";

/**
 * Says through the system what came while the app was out of sight. Only how much of what: a lock screen is read by whoever
 * stands near.
 */
export function useNotices() {
  const { t } = useI18n();
  const settings = useSettingsStore();
  /** What was there when the app was last looked at, or last spoke. */
  let known: Today | null = null;

  /** Nobody has the screens, or the storage fails: then there is nothing to say. */
  const today = () => platform.today().catch(() => null);

  async function looked() {
    known = document.hidden ? await today() : null;
  }

  async function changed() {
    if (!document.hidden || !known || !settings.notices) return;
    const now = await today();
    if (!now || !known) return;
    const news = newsOf(known, now);
    known = now;
    const lines = told(news).map((kind) => t(`notice.${kind}`, { n: news[kind] }));
    if (lines.length) platform.speakUp(t("app.title"), lines.join(t("notice.and")));
  }

  useChanged(() => void changed());
  onMounted(() => document.addEventListener("visibilitychange", looked));
  onBeforeUnmount(() => document.removeEventListener("visibilitychange", looked));
}
