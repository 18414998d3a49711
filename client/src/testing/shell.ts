/** Test support: stands where the shell's IPC is, so that everything above it, lib/platform included, runs as it ships. */
import type { Failure } from "@/lib/bindings";
import * as samples from "@/testing/samples";

type Answer = (args: Record<string, unknown>, headers: Record<string, string>) => unknown;

export interface Shell {
  /** Every command that was called, with its arguments. */
  calls: { command: string; args: Record<string, unknown>; headers: Record<string, string> }[];
  /** What a command gives from now on; a function may wait or throw a `Failure`. */
  on(command: string, answer: unknown): void;
  emit(event: string, payload: unknown): void;
  called(command: string): Record<string, unknown>[];
}

export function fails(code: string, params: Record<string, string> = {}): Answer {
  return () => {
    throw { code, params } satisfies Failure;
  };
}

/** An enrolled device with nothing to do; tests say what is different. */
export function installShell(): Shell {
  const answers = new Map<string, unknown>(
    Object.entries({
      state: samples.state(),
      sync_status: samples.syncStatus(),
      today: { day: "2026-11-23", returned: [], cases: [], assignments: [], open: [], done: [] },
      inspections: [],
      cases: { to_fix: [], to_check: [], others: [] },
      areas: [],
      sites: [],
      phrases: [],
      draft: null,
      draft_keep: null,
      templates: [samples.TEMPLATE],
      check_pin: null,
    }),
  );
  answers.set("photos_policy", () => answers.get("sync_status"));
  const callbacks = new Map<number, (event: { event: string; id: number; payload: unknown }) => void>();
  const listeners = new Map<string, number[]>();
  const calls: Shell["calls"] = [];

  async function invoke(
    command: string,
    args: Record<string, unknown> = {},
    options?: { headers?: Record<string, string> },
  ) {
    if (command === "plugin:event|listen") {
      const { event, handler } = args as { event: string; handler: number };
      listeners.set(event, [...(listeners.get(event) ?? []), handler]);
      return handler;
    }
    if (command.startsWith("plugin:event|")) return null;
    const headers = options?.headers ?? {};
    calls.push({ command, args, headers });
    if (!answers.has(command)) throw { code: "unknown", params: { code: command } };
    const answer = answers.get(command);
    return structuredClone(typeof answer === "function" ? await (answer as Answer)(args, headers) : answer);
  }

  Object.assign(window, {
    __TAURI_INTERNALS__: {
      invoke,
      transformCallback: (callback: () => void) => {
        const id = callbacks.size + 1;
        callbacks.set(id, callback);
        return id;
      },
    },
    __TAURI_EVENT_PLUGIN_INTERNALS__: { unregisterListener: (_event: string, id: number) => callbacks.delete(id) },
  });

  return {
    calls,
    on: (command, answer) => void answers.set(command, answer),
    emit: (event, payload) => listeners.get(event)?.forEach((id) => callbacks.get(id)?.({ event, id, payload })),
    called: (command) => calls.filter((call) => call.command === command).map((call) => call.args),
  };
}
