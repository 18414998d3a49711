import { createRouter, type RouteRecordRaw, type RouterHistory } from "vue-router";
import { useSessionStore } from "@/stores/session";
import AreaView from "@/views/AreaView.vue";
import AreasView from "@/views/AreasView.vue";
import CaseView from "@/views/CaseView.vue";
import CasesView from "@/views/CasesView.vue";
import DifferencesView from "@/views/DifferencesView.vue";
import EnrolView from "@/views/EnrolView.vue";
import InspectionFrame from "@/views/InspectionFrame.vue";
import LockView from "@/views/LockView.vue";
import OverviewView from "@/views/OverviewView.vue";
import PinView from "@/views/PinView.vue";
import RecoverView from "@/views/RecoverView.vue";
import RemarksView from "@/views/RemarksView.vue";
import RunView from "@/views/RunView.vue";
import ServerView from "@/views/ServerView.vue";
import SettingsView from "@/views/SettingsView.vue";
import StartView from "@/views/StartView.vue";
import SubmitView from "@/views/SubmitView.vue";
import SyncView from "@/views/SyncView.vue";
import TodayView from "@/views/TodayView.vue";

/** Every screen. `tab` marks the four that the bar at the bottom leads to. */
const routes: RouteRecordRaw[] = [
  { path: "/enrol", name: "enrol", component: EnrolView },
  { path: "/lock", name: "lock", component: LockView },
  { path: "/recover/:id", name: "recover", component: RecoverView, props: true },
  { path: "/", name: "today", component: TodayView, meta: { tab: true } },
  { path: "/areas", name: "areas", component: AreasView, meta: { tab: true } },
  {
    path: "/areas/:code",
    name: "area",
    component: AreaView,
    props: ({ params, query }) => ({ code: params.code, site: query.site }),
  },
  { path: "/start/:area/:site?", name: "start", component: StartView, props: true },
  {
    path: "/inspections/:id",
    component: InspectionFrame,
    props: true,
    children: [
      { path: "", name: "inspection", component: OverviewView },
      { path: "items/:code", name: "run", component: RunView, props: true },
      { path: "differences", name: "differences", component: DifferencesView },
      { path: "remarks", name: "remarks", component: RemarksView },
      { path: "submit", name: "submit", component: SubmitView },
    ],
  },
  { path: "/cases", name: "cases", component: CasesView },
  { path: "/cases/:id", name: "case", component: CaseView, props: true },
  { path: "/sync", name: "sync", component: SyncView, meta: { tab: true } },
  { path: "/settings", name: "settings", component: SettingsView, meta: { tab: true } },
  { path: "/server", name: "server", component: ServerView },
  { path: "/pin", name: "pin", component: PinView },
  { path: "/:rest(.*)*", redirect: "/" },
];

export function makeRouter(history: RouterHistory) {
  const router = createRouter({ history, routes });
  // Nothing can be shown before the screens belong to somebody; an ended session closes nothing.
  router.beforeEach((to) => {
    const session = useSessionStore();
    if (session.locked) {
      if (!["lock", "recover", "enrol"].includes(String(to.name))) return { name: "lock" };
    } else if (!session.enrolled && to.name !== "enrol") return { name: "enrol" };
    else if (session.enrolled && ["lock", "recover"].includes(String(to.name))) return { name: "today" };
  });
  return router;
}
