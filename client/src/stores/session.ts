import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { AppState, Failure } from "@/lib/bindings";
import { asFailure } from "@/lib/failure";
import { platform, type SignIn } from "@/lib/platform";

/** Who uses this device, and against which server. */
export const useSessionStore = defineStore("session", () => {
  const state = ref<AppState | null>(null);
  /** Why the device's own state cannot be read; then nothing else can be shown either. */
  const failure = ref<Failure | null>(null);
  const enrolled = computed(() => state.value?.phase === "ready" || state.value?.phase === "session_expired");
  const locked = computed(() => state.value?.phase === "locked");
  const expired = computed(() => state.value?.phase === "session_expired");

  async function load() {
    try {
      state.value = await platform.state();
      failure.value = null;
    } catch (error) {
      failure.value = asFailure(error);
    }
  }

  async function enrol(args: SignIn) {
    state.value = await platform.enrol(args);
  }

  async function unlock(holder: string, pin: string | null) {
    state.value = await platform.unlock(holder, pin);
  }

  async function recover(holder: string, password: string, pin: string) {
    state.value = await platform.recover(holder, password, pin);
  }

  async function setPin(current: string | null, pin: string) {
    state.value = await platform.setPin(current, pin);
  }

  async function setServer(address: string) {
    state.value = await platform.setServer(address);
  }

  /** Takes the screens from whoever has them, with all that the page knows of him. */
  async function lock() {
    state.value = await platform.lock();
    platform.beginAnew();
  }

  /** The same of somebody who only looked away: the phone may let him back. */
  async function pause() {
    state.value = await platform.pause();
    platform.beginAnew();
  }

  async function resume(holder: string, reason: string) {
    state.value = await platform.resume(holder, reason);
  }

  /** Who waits for what on the lock screen changes by itself. */
  async function follow() {
    await platform.onHolders(() => locked.value && void load());
  }

  return {
    state,
    failure,
    enrolled,
    locked,
    expired,
    load,
    enrol,
    unlock,
    recover,
    setPin,
    setServer,
    lock,
    pause,
    resume,
    follow,
  };
});
