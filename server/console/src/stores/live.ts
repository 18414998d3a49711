import { defineStore } from "pinia";
import { ref } from "vue";
import { LIVE_ADDRESS } from "@/api/resources";

/** Pokes closer together than this are one: a device that delivers a day's work must not reload the screen fifty times. */
const POKE_GATHER_MS = 1_000;
/** The browser reconnects by itself after a lost connection, but not after an answer that was an error. */
const REOPEN_MS = 10_000;

export const useLive = defineStore("live", () => {
  const pokes = ref(0);
  const connected = ref(false);
  let source: EventSource | null = null;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  let interrupted = false;

  function open() {
    if (source) return;
    const opened = new EventSource(LIVE_ADDRESS);
    source = opened;
    opened.addEventListener("open", () => {
      connected.value = true;
      // What happened while the channel was down was not poked.
      if (interrupted) poke();
      interrupted = false;
    });
    opened.addEventListener("error", () => {
      connected.value = false;
      interrupted = true;
      if (opened.readyState !== EventSource.CLOSED) return;
      source = null;
      reopening = setTimeout(open, REOPEN_MS);
    });
    opened.addEventListener("poke", poke);
  }

  function poke() {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      pokes.value += 1;
    }, POKE_GATHER_MS);
  }

  function close() {
    source?.close();
    source = null;
    connected.value = false;
    interrupted = false;
    clearTimeout(gathering);
    clearTimeout(reopening);
    gathering = undefined;
  }

  return { pokes, connected, open, close };
});
