import { computed, onUnmounted, ref, watch, type Ref } from "vue";
import { useRouter } from "vue-router";
import { useInspection } from "@/composables/inspecting";
import { useSaving } from "@/composables/saving";
import { isOpenConflict, isUnanswered } from "@/lib/answer";
import type { ItemView, Opinion } from "@/lib/bindings";
import { nextUnanswered, steps } from "@/lib/walk";

/** A card that has just come up takes no tap for this long: the second of a double tap was meant for the last card. */
const SETTLE_MS = 350;

/** The walk from card to card, and what a tap on one does. */
export function useWalking(code: Ref<string>) {
  const router = useRouter();
  const { saved, told } = useSaving();
  const { store, inspection, items, home, closed, saving, lastTap } = useInspection();

  const walk = computed(() => steps(inspection.value.domains));
  const at = computed(() => walk.value.findIndex((step) => step.item.code === code.value));
  const step = computed(() => walk.value[at.value] ?? null);

  const settling = ref(false);
  let settled: ReturnType<typeof setTimeout> | undefined;
  watch(code, () => {
    settling.value = true;
    clearTimeout(settled);
    settled = setTimeout(() => (settling.value = false), SETTLE_MS);
  });
  onUnmounted(() => clearTimeout(settled));

  const disabled = computed(() => closed.value || settling.value || saving.value !== null);

  async function go(to: string) {
    await router.replace({ name: "run", params: { id: inspection.value.id, code: to } });
  }

  function goBy(by: 1 | -1) {
    const next = walk.value[at.value + by];
    if (next) void go(next.item.code);
    else if (by === 1) void router.replace(home.value);
  }

  /** Whether the tap is on disk now. */
  async function choose(item: ItemView, value: string): Promise<boolean> {
    return !disabled.value && (await record(item, value));
  }

  /** The same of what was typed, which is no tap that could have been meant for the last card. */
  async function record(item: ItemView, value: string, failed?: (why: string) => unknown): Promise<boolean> {
    if (closed.value || item.pending) return false;
    // One's own value stands in a conflict as it is; only another one is written.
    if (isOpenConflict(item) && value === item.answer.mine) {
      told("differences.kept");
      return true;
    }
    const wasOpen = isUnanswered(item);
    let done = false;
    await saved(async () => (done = await store.answer(item, value)), failed);
    if (done && wasOpen && goesOn(item, value)) advance(item);
    return done;
  }

  /** One tap is all a good answer needs; scales with more to say wait for the thumb. */
  function goesOn(item: ItemView, value: string): boolean {
    if (value === "na") return true;
    return (item.scale.scale === "pass" || item.scale.scale === "count") && value === "pass";
  }

  function advance(item: ItemView) {
    if (code.value !== item.code) return;
    const next = nextUnanswered(items.value, item.code);
    if (next) void go(next.code);
    else told("run.all_answered");
  }

  /** 问卷: what one more person has said. */
  async function respond(item: ItemView, opinion: Opinion) {
    if (!disabled.value) await saved(() => store.respond(item.code, opinion));
  }

  async function takeBackResponse(item: ItemView) {
    if (!disabled.value) await saved(() => store.takeBackResponse(item.code));
  }

  /** 本组其余合格: one tap, and one to take it back. */
  async function passRest(domain: string) {
    if (disabled.value) return;
    const from = code.value;
    let passed = 0;
    await saved(async () => (passed = await store.passRest(domain, from)));
    const next = nextUnanswered(items.value, from);
    if (passed && next && code.value === from) await go(next.code);
  }

  async function undo() {
    await saved(async () => {
      const item = await store.undo();
      if (item && item !== code.value) await go(item);
    });
  }

  return {
    walk,
    at,
    step,
    disabled,
    saving,
    lastTap,
    go,
    goBy,
    choose,
    record,
    passRest,
    undo,
    respond,
    takeBackResponse,
  };
}
