import { onBeforeUnmount, onMounted } from "vue";
import { onBeforeRouteLeave, onBeforeRouteUpdate } from "vue-router";
import { platform } from "@/lib/platform";
import { useSessionStore } from "@/stores/session";

/** Asks `mayGo` before the screen is left, by whatever way. Nothing holds up the lock, or the end of an enrolment. */
export function useLeaving(mayGo: () => Promise<boolean>) {
  const session = useSessionStore();
  const guard = async () => !session.enrolled || (await mayGo());
  onBeforeRouteLeave(guard);
  onBeforeRouteUpdate(guard);
}

/** The app goes out of sight: the system may end it there, and after a while it locks. */
export function useGoingOutOfSight(heard: () => unknown) {
  let stop = () => {};
  onMounted(() => (stop = platform.onHidden(heard)));
  onBeforeUnmount(() => stop());
}
