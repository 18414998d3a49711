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
  let stop = () => {};

  async function close() {
    const comesBack = settings.recognised && (await platform.canRecognise());
    await (comesBack ? session.pause() : session.lock());
  }

  onMounted(() => {
    stop = platform.onReturn((away) => {
      if (away > OUT_OF_SIGHT_MS_MAX && session.state?.has_pin) void close();
    });
  });
  onBeforeUnmount(() => stop());
}
