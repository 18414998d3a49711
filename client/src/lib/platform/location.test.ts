import { beforeEach, expect, test, vi } from "vitest";
import { knownPlace, locate } from "@/lib/platform/location";
import { installShell, type Shell } from "@/testing/shell";

const HERE = { latitude: 25.04, longitude: 102.71, accuracy: 7.4 };
const FOUND = { point: { lat: 25.04, lon: 102.71, accuracy_m: 7 } };

let shell: Shell;
const webView = vi.fn<Geolocation["getCurrentPosition"]>();
beforeEach(() => {
  shell = installShell();
  webView.mockReset();
  Object.defineProperty(navigator, "geolocation", { value: { getCurrentPosition: webView }, configurable: true });
});

test("a phone is asked first, and asks its person", async () => {
  shell.on("plugin:geolocation|check_permissions", { location: "prompt" });
  shell.on("plugin:geolocation|request_permissions", { location: "granted" });
  shell.on("plugin:geolocation|get_current_position", { coords: HERE });
  expect(await locate()).toEqual(FOUND);
  shell.on("plugin:geolocation|request_permissions", { location: "denied" });
  expect(await locate()).toEqual({ missing: "denied" });
  shell.on("plugin:geolocation|request_permissions", { location: "granted" });
  shell.on("plugin:geolocation|get_current_position", () => {
    throw "Timeout expired.";
  });
  expect(await locate()).toEqual({ missing: "timeout" });
  expect(webView).not.toHaveBeenCalled();
});

test("where the phone cannot say it, the web view is asked, and its refusal is told", async () => {
  webView.mockImplementationOnce((found) => found({ coords: HERE } as GeolocationPosition));
  expect(await locate()).toEqual(FOUND);
  webView.mockImplementationOnce((_, refused) => refused?.({ code: 1 } as GeolocationPositionError));
  expect(await locate()).toEqual({ missing: "denied" });
});

test("a place that was found is known for a while, to who asks for one no older, and then no more", async () => {
  webView.mockImplementationOnce((found) => found({ coords: HERE } as GeolocationPosition));
  await locate();
  const now = Date.now();
  expect(knownPlace(0, now)).toEqual(FOUND.point);
  expect(knownPlace(now + 1, now + 1), "it was found before").toBeNull();
  expect(knownPlace(0, now + 11 * 60_000), "he has walked on").toBeNull();
  expect(knownPlace(0, now - 11 * 60_000), "the clock was set back").toBeNull();
});
