import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { ask, client } from "@/api/client";
import { asFailure } from "@/api/failure";
import type { ServerAbout, Session } from "@/api/schema";

/** Nobody, or somebody who may not be here: either way the sign-in screen is next. */
const NOT_SIGNED_IN = [401, 403];

export const useSession = defineStore("session", () => {
  const server = ref<ServerAbout | null>(null);
  const session = ref<Session | null>(null);
  const user = computed(() => session.value?.user ?? null);
  let asked = false;

  /** Learns once whose server this is and whether the browser still holds a session. */
  async function open() {
    if (asked) return;
    server.value = await ask(client.GET("/v1/server"));
    try {
      session.value = await ask(client.GET("/v1/session"));
    } catch (thrown) {
      if (!NOT_SIGNED_IN.includes(asFailure(thrown).status)) throw thrown;
    }
    asked = true;
  }

  async function signIn(login: string, password: string) {
    session.value = await ask(client.POST("/v1/session", { body: { login, password } }));
  }

  async function setUp(body: { code: string; login: string; name: string; password: string }) {
    session.value = await ask(client.POST("/v1/setup", { body }));
    server.value = await ask(client.GET("/v1/server"));
  }

  async function signOut() {
    await ask(client.DELETE("/v1/session"));
    forget();
  }

  function forget() {
    session.value = null;
  }

  return { server, session, user, open, signIn, setUp, signOut, forget };
});
