/** What the server answers when it refuses: a code with parameters; the sentence is `errors.<code>` in the language files. */
export class Failure extends Error {
  constructor(
    readonly code: string,
    readonly params: Record<string, string> = {},
    readonly status = 0,
  ) {
    super(code);
    this.name = "Failure";
  }
}

/** Anything thrown while calling the server, as a Failure: without an answer the server was unreachable. */
export function asFailure(thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : new Failure("unreachable");
}
