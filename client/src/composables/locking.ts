import { onBeforeUnmount, onMounted } from "vue";
import { platform } from "@/lib/platform";
import { useSessionStore } from "@/stores/session";
import { useSettingsStore } from "@/stores/settings";

/** How long an app may be out of sight before its owner is asked for his PIN again: a camera or a call takes less. */
const OUT_OF_SIGHT_MS_MAX = 5 * 60_000;

/** Locks the app that was long in the background, before anything of it is seen. */
export function useLocking() {
  const session = useSessionStore();
  const settings = useSettingsStore();
  let hidden_at: number | null = null;

  function look() {
    if (document.hidden) {
      hidden_at = Date.now();
      return;
    }
    // A clock that was set back is no reason to stay open.
    const away = hidden_at === null ? 0 : Math.abs(Date.now() - hidden_at);
    hidden_at = null;
    if (away > OUT_OF_SIGHT_MS_MAX && session.state?.has_pin) void close();
  }

  async function close() {
    const comesBack = settings.recognised && (await platform.canRecognise());
    await (comesBack ? session.pause() : session.lock());
  }
  onMounted(() => document.addEventListener("visibilitychange", look));
  onBeforeUnmount(() => document.removeEventListener("visibilitychange", look));
}
