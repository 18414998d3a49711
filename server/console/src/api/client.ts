import createClient from "openapi-fetch";
import { Failure } from "@/api/failure";
import type { ErrorBody, paths } from "@/api/schema";

export const client = createClient<paths>({ baseUrl: window.location.origin, credentials: "same-origin" });

/** Refusals after which nothing on this page would answer any more. */
const ENDS_SESSION = ["session_expired", "user_disabled"];

let sessionEnded: () => void = () => {};

/** Says whom to tell when an answer shows that the session is over. */
export function onSessionEnded(tell: () => void) {
  sessionEnded = tell;
}

let background = false;

/**
 * Calls what nobody at the desk asked for, such as a reload after a poke: it shows what is new and does not keep a
 * session alive that its user has left.
 */
export function inBackground<Result>(call: () => Promise<Result>): Promise<Result> {
  background = true;
  try {
    return call();
  } finally {
    background = false;
  }
}

client.use({
  onRequest({ request }) {
    // The server takes no change without this header, so no other site's form can make one.
    request.headers.set("x-rounds", "1");
    if (background) request.headers.set("x-rounds-background", "1");
    return request;
  },
});

interface Answer<Result> {
  data?: Result;
  error?: unknown;
  response: Response;
}

/** The result of a call, or a thrown Failure. */
export async function ask<Result>(call: Promise<Answer<Result>>): Promise<Result> {
  const { data, error, response } = await call;
  if (response.ok) return data as Result;
  const failure = read(error, response.status);
  if (ENDS_SESSION.includes(failure.code)) sessionEnded();
  throw failure;
}

/** Receives a file and says how many bytes of it have come; a refusal is a thrown Failure. */
export async function receive(address: string, signal: AbortSignal, came: (bytes: number) => void): Promise<Blob> {
  const response = await fetch(address, { signal, credentials: "same-origin" });
  if (!response.ok || !response.body) return ask(response.json().then((error: unknown) => ({ error, response })));
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    pieces.push(piece.value);
    bytes += piece.value.byteLength;
    came(bytes);
  }
  return new Blob(pieces, { type: response.headers.get("content-type") ?? "" });
}

function read(body: unknown, status: number): Failure {
  if (typeof body === "object" && body !== null && "code" in body) {
    const { code, params } = body as ErrorBody;
    return new Failure(code, params ?? {}, status);
  }
  return new Failure(status === 413 ? "too_large" : status >= 500 ? "internal" : "bad_request", {}, status);
}
