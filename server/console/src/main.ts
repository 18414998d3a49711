import { createPinia } from "pinia";
import { createApp } from "vue";
import "element-plus/dist/index.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import "@/styles/theme.css";
import "@/styles/base.css";
import { onSessionEnded } from "@/api/client";
import App from "@/App.vue";
import { i18n } from "@/i18n";
import { router, signInThen } from "@/router";
import { useLive } from "@/stores/live";
import { useSession } from "@/stores/session";

const app = createApp(App).use(createPinia()).use(i18n).use(router);

onSessionEnded(() => {
  const session = useSession();
  if (!session.user) return;
  session.forget();
  useLive().close();
  void router.replace(signInThen(router.currentRoute.value));
});

app.mount("#app");
