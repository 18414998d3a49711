import { beforeEach, expect, test, vi } from "vitest";
import type { InspectionView } from "@/lib/bindings";
import { agreed, caseView, finding, inspection, item, ME, photo } from "@/testing/samples";
import { find, openAt, settle, show, tap } from "@/testing/screen";
import { installShell, type Shell } from "@/testing/shell";

const HOUR_MS = 3_600_000;
const ITEM = item({ code: "SAN-05", answer: agreed("fail"), findings: [finding()] });
const CAME = { passage: "arrival" as const, by: ME, at: Date.now(), point: { lat: 25.05, lon: 102.7, accuracy_m: 8 } };
let shell: Shell;
/** How far the clock of these tests has gone beyond the real one, in milliseconds. */
let ahead = 0;

beforeEach(() => {
  const now = Date.now;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + ahead);
  shell = installShell();
  shell.on("photo", new ArrayBuffer(8));
  shell.on("photo_add", photo());
  return () => clock.mockRestore();
});

async function open(presences: InspectionView["presences"]) {
  shell.on("inspection", inspection([ITEM], { presences }));
  return openAt("/inspections/i1/items/SAN-05");
}

/** A minute goes by. */
function later() {
  ahead += 60_000;
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

/** Asks where he is, in a new finding of the item on the screen; resolves to what has the phone find it. */
async function locates() {
  const geolocation = { getCurrentPosition: vi.fn<Geolocation["getCurrentPosition"]>() };
  Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
  await tap("[data-new-finding]");
  await tap(find("[data-locate]"));
  await expect.poll(() => geolocation.getCurrentPosition.mock.calls.length).toBe(1);
  await tap("[data-close]");
  return async () => {
    const coords = { latitude: 25.04, longitude: 102.71, accuracy: 7 };
    geolocation.getCurrentPosition.mock.calls[0]![0]({ coords } as GeolocationPosition);
    await settle();
  };
}

test("what the phone has found on this visit is where its photos are taken, on whatever screen of it", async () => {
  const { router } = await open([CAME]);
  later();
  await (
    await locates()
  )();
  expect(await placeOf("[data-photo=camera]")).toBe("25.04,102.71,7");
  later();
  await router.push("/inspections/i1");
  await settle();
  await router.push("/inspections/i1/items/SAN-05");
  await settle();
  expect(await placeOf("[data-photo=camera]")).toBe("25.04,102.71,7");
});

test("what the phone has found before a visit or a case was opened is the place of somewhere else", async () => {
  shell.on("case", caseView());
  const { router } = await open([]);
  await (
    await locates()
  )();
  const goes = async (to: string) => {
    later();
    await router.push(to);
    await settle();
    return placeOf("[data-photo=camera]");
  };
  const other = (presences: InspectionView["presences"]) => inspection([ITEM], { id: "i2", presences });
  shell.on("inspection", other([CAME]));
  expect(await goes("/inspections/i2/items/SAN-05"), "his own arrival there").toBe("25.05,102.7,8");
  expect(await goes("/cases/c1")).toBeUndefined();
  shell.on("inspection", other([]));
  expect(await goes("/inspections/i2/items/SAN-05")).toBeUndefined();
});

test("a place that is found once a case is open is where its photos are taken, and nobody waits for it", async () => {
  shell.on("case", caseView());
  const { router } = await open([]);
  const found = await locates();
  later();
  await router.push("/cases/c1");
  await settle();
  expect(await placeOf("[data-photo=camera]")).toBeUndefined();
  await found();
  expect(await placeOf("[data-photo=camera]")).toBe("25.04,102.71,7");
});
