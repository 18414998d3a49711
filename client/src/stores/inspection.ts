import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { Failure, InspectionView, ItemView, Opinion } from "@/lib/bindings";
import { asFailure } from "@/lib/failure";
import { platform } from "@/lib/platform";

/** What was done here last and can be taken back: one answer, or the rest of a section. */
export type Tap =
  | { kind: "answer"; item: string; value: string | null }
  | { kind: "rest"; domain: string; items: string[]; from: string };

/** The inspection on the screen. What it shows is always what the device's disk says. */
export const useInspectionStore = defineStore("inspection", () => {
  const view = ref<InspectionView | null>(null);
  const failure = ref<Failure | null>(null);
  /** The tap that is on its way to the disk; one at a time. */
  const saving = ref<{ item: string; value: string | null } | null>(null);
  const lastTap = ref<Tap | null>(null);
  const items = computed(() => view.value?.domains.flatMap((domain) => domain.items) ?? []);
  let reads = 0;
  /** The one that was opened last. Whatever comes late about another is not for this screen. */
  let opened: string | null = null;
  /** When its screens were opened. */
  const openedAt = ref(0);

  async function open(id: string) {
    opened = id;
    openedAt.value = Date.now();
    if (view.value?.id !== id) {
      view.value = null;
      lastTap.value = null;
    }
    await read(id);
  }

  async function reload() {
    if (view.value) await read(view.value.id);
  }

  /** Later reads win, however late the earlier ones come back. */
  async function read(id: string) {
    const turn = ++reads;
    try {
      const found = await platform.inspection(id);
      if (turn !== reads) return;
      view.value = found;
      failure.value = null;
    } catch (error) {
      if (turn === reads) failure.value = asFailure(error);
    }
  }

  function show(next: InspectionView) {
    if (next.id !== opened) return;
    reads += 1;
    view.value = next;
  }

  function showItem(of: string, next: ItemView) {
    if (of !== opened) return;
    reads += 1;
    for (const domain of view.value?.domains ?? []) {
      domain.items = domain.items.map((item) => (item.code === next.code ? next : item));
    }
    void reload();
  }

  /** Resolves when the answer is on disk. Throws the failure when it is not; the screen then shows the disk again. */
  async function answer(item: ItemView, value: string | null) {
    if (!view.value || saving.value) return false;
    await act(item.code, value, (id) => platform.answer(id, item.code, value));
    lastTap.value = { kind: "answer", item: item.code, value };
    return true;
  }

  /** 本组其余合格, from the card of an item; resolves to how many items that were. */
  async function passRest(domain: string, from: string) {
    if (!view.value || saving.value) return 0;
    const passed = await platform.passRest(view.value.id, domain);
    show(passed.inspection);
    if (passed.items.length) lastTap.value = { kind: "rest", domain, items: passed.items, from };
    return passed.items.length;
  }

  async function undo() {
    const tap = lastTap.value;
    if (!tap || saving.value) return null;
    if (tap.kind === "answer") await act(tap.item, null, (id) => platform.takeBack(id, tap.item));
    else show(await platform.takeBackRest(view.value!.id, tap.items));
    lastTap.value = null;
    return tap.kind === "answer" ? tap.item : tap.from;
  }

  async function respond(item: string, opinion: Opinion) {
    await act(item, opinion, (id) => platform.respond(id, item, opinion));
  }

  async function takeBackResponse(item: string) {
    await act(item, null, (id) => platform.takeBackResponse(id, item));
  }

  async function act(item: string, value: string | null, write: (id: string) => Promise<ItemView>) {
    const { id } = view.value!;
    saving.value = { item, value };
    try {
      showItem(id, await write(id));
    } catch (error) {
      await reload();
      throw asFailure(error);
    } finally {
      saving.value = null;
    }
  }

  return {
    view,
    failure,
    saving,
    lastTap,
    items,
    openedAt,
    open,
    reload,
    show,
    showItem,
    answer,
    respond,
    takeBackResponse,
    passRest,
    undo,
  };
});
