import { createRouter, createWebHashHistory } from "vue-router";
import AboutScreen from "@/screens/AboutScreen.vue";

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [{ path: "/", component: AboutScreen }],
});
