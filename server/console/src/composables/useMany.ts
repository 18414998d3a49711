import { computed, ref } from "vue";
import { asFailure } from "@/api/failure";

/** What became of the rows somebody chose. */
export interface Outcome {
  done: number;
  failed: number;
  stopped: boolean;
}

/**
 * Chosen rows, and one change after the other for each of them. Every row is a change of its own: what fails for one, for
 * instance because somebody else was first, leaves the others as they are.
 */
export function useMany<Row>(keyOf: (row: Row) => string) {
  const picked = ref(new Map<string, Row>()) as { value: Map<string, Row> };
  const done = ref(0);
  const total = ref(0);
  const running = computed(() => total.value > 0);
  let stopping = false;

  const has = (row: Row) => picked.value.has(keyOf(row));

  function pick(row: Row, wanted: boolean) {
    const next = new Map(picked.value);
    if (wanted) next.set(keyOf(row), row);
    else next.delete(keyOf(row));
    picked.value = next;
  }

  function clear() {
    picked.value = new Map();
  }

  /** Rows that are not there any more cannot be chosen; those that are there are as they are now. */
  function keep(rows: Row[]) {
    if (running.value) return;
    picked.value = new Map(rows.filter(has).map((row) => [keyOf(row), row]));
  }

  async function run(
    change: (row: Row) => Promise<unknown>,
    rows: Row[] = [...picked.value.values()],
  ): Promise<Outcome> {
    const outcome: Outcome = { done: 0, failed: 0, stopped: false };
    stopping = false;
    total.value = rows.length;
    done.value = 0;
    try {
      for (const row of rows) {
        if (stopping) break;
        try {
          await change(row);
          outcome.done += 1;
        } catch (thrown) {
          // Without a connection the rest would fail the same way.
          if (asFailure(thrown).code === "unreachable") throw thrown;
          outcome.failed += 1;
        }
        done.value += 1;
      }
      outcome.stopped = stopping;
      return outcome;
    } finally {
      total.value = 0;
      clear();
    }
  }

  function stop() {
    stopping = true;
  }

  return { picked, has, pick, clear, keep, run, stop, running, done, total };
}

export type Many<Row> = ReturnType<typeof useMany<Row>>;
