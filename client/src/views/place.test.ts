import { beforeEach, expect, test, vi } from "vitest";
import type { InspectionView } from "@/lib/bindings";
import { agreed, caseView, finding, inspection, item, ME, photo } from "@/testing/samples";
import { find, openAt, settle, show, tap } from "@/testing/screen";
import { installShell, type Shell } from "@/testing/shell";

const HOUR_MS = 3_600_000;
const ITEM = item({ code: "SAN-05", answer: agreed("fail"), findings: [finding()] });
const CAME = { passage: "arrival" as const, by: ME, at: Date.now(), point: { lat: 25.05, lon: 102.7, accuracy_m: 8 } };
let shell: Shell;

beforeEach(() => {
  shell = installShell();
  shell.on("photo", new ArrayBuffer(8));
  shell.on("photo_add", photo());
});

async function open(presences: InspectionView["presences"]) {
  shell.on("inspection", inspection([ITEM], { presences }));
  await openAt("/inspections/i1/items/SAN-05");
}

/** The place that the photo taken next is given. */
async function placeOf(way: string): Promise<string | undefined> {
  const before = shell.called("photo_add").length;
  await show(way, "one.jpg");
  await expect.poll(() => shell.called("photo_add").length).toBeGreaterThan(before);
  await settle();
  return shell.calls.filter(({ command }) => command === "photo_add").at(-1)?.headers["x-point"];
}

test("photos bear the place that the phone knows already: the finding's own, or that of an arrival", async () => {
  await open([CAME]);
  expect(await placeOf("[data-photo=camera]")).toBe("25.05,102.7,8");
  expect(await placeOf("[data-photo=album]"), "nobody knows where that was taken").toBeUndefined();
  await tap(".finding .verbs button");
  expect(await placeOf(".finding-sheet [data-photo=camera]")).toBe("25.05123,102.70411,8");
});

test("the place of an arrival is no place any more once he has left, or hours later", async () => {
  await open([CAME, { ...CAME, passage: "departure" }]);
  expect(await placeOf("[data-photo=camera]")).toBeUndefined();
  await open([{ ...CAME, at: Date.now() - 5 * HOUR_MS }]);
  expect(await placeOf("[data-photo=camera]")).toBeUndefined();
  await open([{ ...CAME, by: { ...ME, mine: false } }]);
  expect(await placeOf("[data-photo=camera]"), "a colleague's is not his").toBeUndefined();
});

test("what the phone has found a moment ago is where a photo of a case is taken, and nobody waits for it", async () => {
  shell.on("case", caseView());
  const geolocation = { getCurrentPosition: vi.fn<Geolocation["getCurrentPosition"]>() };
  Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
  await openAt("/cases/c1");
  expect(await placeOf("[data-photo=camera]")).toBeUndefined();
  expect(geolocation.getCurrentPosition, "a phone does not look for itself").not.toHaveBeenCalled();
  await open([]);
  await tap("[data-new-finding]");
  await tap(find("[data-locate]"));
  await expect.poll(() => geolocation.getCurrentPosition.mock.calls.length).toBe(1);
  geolocation.getCurrentPosition.mock.calls[0]![0]({
    coords: { latitude: 25.04, longitude: 102.71, accuracy: 7 },
  } as GeolocationPosition);
  await settle();
  await openAt("/cases/c1");
  expect(await placeOf("[data-photo=camera]")).toBe("25.04,102.71,7");
});
