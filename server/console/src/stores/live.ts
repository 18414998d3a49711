import { defineStore } from "pinia";
import { ref } from "vue";
import { LIVE_ADDRESS } from "@/api/resources";

/** Pokes closer together than this are one: a device that delivers a day's work must not reload the screen fifty times. */
const POKE_GATHER_MS = 1_000;

export const useLive = defineStore("live", () => {
  const pokes = ref(0);
  const connected = ref(false);
  let source: EventSource | null = null;
  let gathering: ReturnType<typeof setTimeout> | null = null;

  function open() {
    if (source) return;
    source = new EventSource(LIVE_ADDRESS);
    source.addEventListener("open", () => {
      // What happened while the channel was down was not poked.
      if (!connected.value) poke();
      connected.value = true;
    });
    source.addEventListener("error", () => (connected.value = false));
    source.addEventListener("poke", poke);
  }

  function poke() {
    gathering ??= setTimeout(() => {
      gathering = null;
      pokes.value += 1;
    }, POKE_GATHER_MS);
  }

  function close() {
    source?.close();
    source = null;
    connected.value = false;
    if (gathering) clearTimeout(gathering);
    gathering = null;
  }

  return { pokes, connected, open, close };
});
