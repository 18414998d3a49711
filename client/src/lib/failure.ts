import type { Failure } from "@/lib/bindings";

/** What a failed call threw; anything that is not a `Failure` of the shell keeps its words as a detail. */
export function asFailure(error: unknown): Failure {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    const params = "params" in error && typeof error.params === "object" ? error.params : {};
    return { code: error.code, params: (params ?? {}) as Record<string, string> };
  }
  return { code: "unknown", params: { code: error instanceof Error ? error.message : String(error) } };
}

interface Words {
  t: (key: string, named: Record<string, unknown>) => string;
  te: (key: string) => boolean;
}

/** The sentence of a failure: what happened, what it means for what was recorded, what to do. */
export function failureSentence({ t, te }: Words, failure: Failure): string {
  const key = `errors.${failure.code}`;
  return te(key) ? t(key, failure.params) : t("errors.unknown", { code: failure.params.code ?? failure.code });
}
