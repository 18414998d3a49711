import { ref, watch, type Ref } from "vue";
import { ask, client } from "@/api/client";
import type { InspectionDetail } from "@/api/schema";
import { useAct } from "@/composables/useAct";
import { useLoad } from "@/composables/useLoad";

const CONFLICT_STATUS = 409;

/** One merged inspection and what a supervisor may do with it. A change answers with the inspection as it is then. */
export function useInspection(id: Ref<string>) {
  const load = useLoad<InspectionDetail | null>(
    () =>
      id.value
        ? ask(client.GET("/v1/inspections/{id}", { params: { path: { id: id.value } } }))
        : Promise.resolve(null),
    id,
  );
  const { busy, act } = useAct();

  /** The code of the answer that what was decided on had changed meanwhile; until the next change goes through. */
  const stale = ref<string | null>(null);
  watch(id, () => (stale.value = null));

  async function change(call: (path: { id: string }) => Promise<InspectionDetail>): Promise<boolean> {
    const done = await act(
      async () => {
        load.put(await call({ id: id.value }));
      },
      (failure) => {
        if (failure.status !== CONFLICT_STATUS) return false;
        stale.value = failure.code;
        void load.refresh();
        return true;
      },
    );
    if (done) stale.value = null;
    return done;
  }

  const decide = (body: { item: string; value: string; covers: string[]; reason: string }) =>
    change((path) => ask(client.POST("/v1/inspections/{id}/decisions", { params: { path }, body })));

  const giveBack = (body: { items: { item: string; reason: string }[]; reason: string }) =>
    change((path) => ask(client.POST("/v1/inspections/{id}/returns", { params: { path }, body })));

  const approve = (body: { heads: string[]; reason: string }) =>
    change((path) => ask(client.POST("/v1/inspections/{id}/approvals", { params: { path }, body })));

  const comment = (body: { item: string | null; text: string }) =>
    change((path) => ask(client.POST("/v1/inspections/{id}/comments", { params: { path }, body })));

  return { ...load, busy, stale, decide, giveBack, approve, comment };
}
