import { expect, test, vi } from "vitest";
import { ask, onSessionEnded } from "@/api/client";
import { Failure } from "@/api/failure";

const answer = (status: number, error?: unknown, data?: unknown) =>
  Promise.resolve({ data, error, response: new Response(null, { status }) });

test("a result is given as it came", async () => {
  await expect(ask(answer(200, undefined, [1]))).resolves.toEqual([1]);
});

test("a refusal keeps its code, parameters and status", async () => {
  const refusal = ask(answer(400, { code: "password_too_short", params: { min: "10" } }));
  await expect(refusal).rejects.toEqual(new Failure("password_too_short", { min: "10" }, 400));
  await expect(refusal).rejects.toMatchObject({ params: { min: "10" }, status: 400 });
});

test("an answer that is not ours still has a sentence", async () => {
  await expect(ask(answer(502, "<html>"))).rejects.toMatchObject({ code: "internal" });
  await expect(ask(answer(413))).rejects.toMatchObject({ code: "too_large" });
  await expect(ask(answer(404, ""))).rejects.toMatchObject({ code: "bad_request" });
});

test("only the end of the session ends the session", async () => {
  const ended = vi.fn();
  onSessionEnded(ended);
  await ask(answer(401, { code: "wrong_password", params: {} })).catch(() => undefined);
  expect(ended).not.toHaveBeenCalled();
  await ask(answer(401, { code: "session_expired", params: {} })).catch(() => undefined);
  expect(ended).toHaveBeenCalledOnce();
});

test("changes carry the console's mark, and reloads of its own say so", async () => {
  const requests: Request[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    requests.push(request);
    return Promise.resolve(Response.json([]));
  });
  vi.resetModules();
  const { client, inBackground } = await import("@/api/client");
  await inBackground(() => client.GET("/v1/devices"));
  await client.GET("/v1/devices");
  vi.unstubAllGlobals();
  expect(requests.map(({ headers }) => headers.get("x-rounds"))).toEqual(["1", "1"]);
  expect(requests.map(({ headers }) => headers.get("x-rounds-background"))).toEqual(["1", null]);
});
