import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import type { SyncStatus } from "@/lib/bindings";
import { syncLook } from "@/lib/delivery";
import { platform } from "@/lib/platform";
import { useSessionStore } from "@/stores/session";
import { useSettingsStore } from "@/stores/settings";

/** A camera takes less. */
const ASLEEP_MS_MIN = 30_000;

/** Where the work of this device stands on its way to the server. */
export const useSyncStore = defineStore("sync", () => {
  const session = useSessionStore();
  const settings = useSettingsStore();
  const status = ref<SyncStatus | null>(null);
  /** The server told this device to erase itself, and it did: whoever holds it is told why nothing is left. */
  const erased = ref(false);
  const look = computed(() => syncLook(status.value, session.expired));

  async function load() {
    try {
      status.value = await platform.syncStatus();
    } catch {
      // The chip then keeps its last words, or says 已存本机: what is shown elsewhere tells why.
    }
  }

  async function syncNow() {
    status.value = await platform.syncNow();
  }

  /**
   * Tells the phone whether photos may go, for everybody who uses it, locked or not. A phone that does not say what its
   * network costs keeps none back.
   */
  async function weighNetwork() {
    try {
      const told = await platform.photosPolicy(settings.wifiOnly, platform.isMetered() ?? false);
      // Nobody's, as long as the phone is locked.
      if (told) status.value = told;
    } catch {
      // Then they wait as before, and the disk is said to fail where something is saved.
    }
  }

  /** Follows the shell for as long as the app runs. */
  async function follow() {
    await platform.onSync((next) => {
      // Every answer of the server tells how right the phone's clock is.
      if (next.last_success !== status.value?.last_success) void session.load();
      status.value = next;
      // Only a sync learns that a session ended or was renewed.
      if ((next.failure?.code === "session_expired") !== session.expired) void session.load();
      if (next.failure?.code === "device_erased") {
        erased.value = true;
        void session.load();
      }
    });
    await platform.onChanged(() => void load());
    // The background tries later and later; who walks out of a cellar need not wait for it.
    platform.onConnected(() => void syncNow().catch(load));
    // A phone that slept has missed what was new, and its own clock for trying again stood still.
    platform.onReturn((away) => away > ASLEEP_MS_MIN && void syncNow().catch(load));
    platform.onNetwork(() => void weighNetwork());
    watch(
      () => settings.wifiOnly,
      () => void weighNetwork(),
    );
    await load();
    await weighNetwork();
  }

  return { status, erased, look, load, syncNow, follow };
});
