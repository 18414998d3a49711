import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from "vue-router";
import { firstScreen, mayOpen, type Screen } from "@/menu";
import { useSession } from "@/stores/session";

const SCREENS: Record<Screen, { path: string; component: RouteRecordRaw["component"] }> = {
  overview: { path: "/overview", component: () => import("@/views/OverviewView.vue") },
  review: { path: "/review/:id?", component: () => import("@/views/ReviewView.vue") },
  history: { path: "/history/:id", component: () => import("@/views/HistoryView.vue") },
  conflicts: { path: "/conflicts", component: () => import("@/views/ConflictsView.vue") },
  held: { path: "/held", component: () => import("@/views/HeldView.vue") },
  cases: { path: "/cases", component: () => import("@/views/CasesView.vue") },
  assignments: { path: "/assignments", component: () => import("@/views/AssignmentsView.vue") },
  templates: { path: "/templates/:id?/:version?", component: () => import("@/views/TemplatesView.vue") },
  areas: { path: "/areas/:code?", component: () => import("@/views/AreasView.vue") },
  devices: { path: "/devices", component: () => import("@/views/DevicesView.vue") },
  people: { path: "/people", component: () => import("@/views/PeopleView.vue") },
  audit: { path: "/audit", component: () => import("@/views/AuditView.vue") },
};

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/sign-in", name: "sign-in", component: () => import("@/views/SignInView.vue") },
    { path: "/setup", name: "setup", component: () => import("@/views/SetupView.vue") },
    {
      path: "/",
      component: () => import("@/components/AppShell.vue"),
      children: [
        { path: "", name: "home", redirect: () => home() },
        ...Object.entries(SCREENS).map(([name, { path, component }]) => ({ name, path, component }) as RouteRecordRaw),
      ],
    },
    { path: "/:anything(.*)*", redirect: "/" },
  ],
});

function home() {
  const { user } = useSession();
  return { name: (user && firstScreen(user.role)) ?? "sign-in" };
}

router.beforeEach(async (to) => {
  const session = useSession();
  await session.open();
  if (session.server?.setup_needed) return to.name === "setup" || { name: "setup" };
  if (to.name === "setup") return { name: "home" };
  if (!session.user || !firstScreen(session.user.role)) return to.name === "sign-in" || signInThen(to);
  if (to.name === "sign-in") return { name: "home" };
  return isOpen(to, session.user.role) || { name: "home" };
});

function isOpen(to: RouteLocationNormalized, role: Parameters<typeof mayOpen>[0]): boolean {
  return typeof to.name !== "string" || !(to.name in SCREENS) || mayOpen(role, to.name as Screen);
}

/** The sign-in screen that leads back to where somebody wanted to go. */
export function signInThen(to: RouteLocationNormalized) {
  return { name: "sign-in", query: to.fullPath === "/" ? {} : { next: to.fullPath } };
}
