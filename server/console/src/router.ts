import { createRouter, createWebHistory } from "vue-router";
import AboutScreen from "@/screens/AboutScreen.vue";

export const router = createRouter({
  history: createWebHistory(),
  routes: [{ path: "/", component: AboutScreen }],
});
