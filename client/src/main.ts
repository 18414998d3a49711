import { createPinia } from "pinia";
import { createApp } from "vue";
import { createWebHashHistory } from "vue-router";
import "vant/lib/index.css";
import "@/styles/themes.css";
import "@/styles/vant.css";
import "@/styles/base.css";
import App from "@/App.vue";
import { i18n } from "@/i18n";
import { platform } from "@/lib/platform";
import { makeRouter } from "@/router";
import { useSessionStore } from "@/stores/session";
import { useSettingsStore } from "@/stores/settings";

async function start() {
  // Vant listens to touches only; a desktop has none.
  if (!("ontouchstart" in window)) await import("@vant/touch-emulator");
  platform.reportUncaught();
  const app = createApp(App).use(createPinia()).use(i18n);
  app.config.errorHandler = platform.report;
  useSettingsStore();
  await useSessionStore().load();
  app.use(makeRouter(createWebHashHistory())).mount("#app");
}

void start();
