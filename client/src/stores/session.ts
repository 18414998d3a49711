import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { AppState, Failure } from "@/lib/bindings";
import { asFailure } from "@/lib/failure";
import { platform } from "@/lib/platform";

/** Who uses this device, and against which server. */
export const useSessionStore = defineStore("session", () => {
  const state = ref<AppState | null>(null);
  /** Why the device's own state cannot be read; then nothing else can be shown either. */
  const failure = ref<Failure | null>(null);
  const enrolled = computed(() => state.value !== null && state.value.phase !== "unenrolled");
  const expired = computed(() => state.value?.phase === "session_expired");

  async function load() {
    try {
      state.value = await platform.state();
      failure.value = null;
    } catch (error) {
      failure.value = asFailure(error);
    }
  }

  async function enrol(args: { server: string; login: string; password: string; device_name: string }) {
    state.value = await platform.enrol(args);
  }

  return { state, failure, enrolled, expired, load, enrol };
});
