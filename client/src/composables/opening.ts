import { useRouter } from "vue-router";
import { useSaving } from "@/composables/saving";
import { platform } from "@/lib/platform";

/** Begins, or goes on with, the one inspection of an assignment. */
export function useOpening() {
  const router = useRouter();
  const { saved } = useSaving();
  let opening = false;

  async function openAssignment(assignment: string) {
    if (opening) return;
    opening = true;
    await saved(async () => {
      const id = await platform.openAssignment(assignment);
      await router.push({ name: "inspection", params: { id } });
    });
    opening = false;
  }

  return { openAssignment };
}
