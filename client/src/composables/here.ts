import { ref } from "vue";
import { useI18n } from "vue-i18n";
import type { Point } from "@/lib/bindings";
import { platform } from "@/lib/platform";

/** Where its person is, once he asks: a phone that looks for itself empties its battery. */
export function useHere() {
  const { t } = useI18n();
  const here = ref<Point | null>(null);
  const looking = ref(false);
  const trouble = ref<string | null>(null);

  async function look() {
    looking.value = true;
    const located = await platform.locate();
    looking.value = false;
    if ("point" in located) here.value = located.point;
    trouble.value = "point" in located ? null : t(`near.${located.missing}`);
  }

  return { here, looking, trouble, look };
}
