import { expect, test } from "vitest";
import { photosBehind, syncLook } from "@/lib/delivery";
import { DELIVERED, syncStatus } from "@/testing/samples";

test("delivered is only said when everything has its receipt", () => {
  expect(syncLook(syncStatus(), false).state).toBe("delivered");
  expect(syncLook(syncStatus({ photos_pending: 1 }), false)).toEqual({ state: "pending", count: 1 });
  expect(syncLook(syncStatus({ last_success: null }), false).state).toBe("stored");
  expect(syncLook(null, false).state).toBe("stored");
});

test("having no connection is no alarm, what needs a person is", () => {
  const unreachable = { code: "unreachable", params: {} };
  expect(syncLook(syncStatus({ phase: "offline", changes_pending: 3, failure: unreachable }), false)).toEqual({
    state: "pending",
    count: 3,
  });
  expect(syncLook(syncStatus({ failure: { code: "device_revoked", params: {} } }), false).state).toBe("attention");
  expect(syncLook(syncStatus(), true).state).toBe("attention");
});

test("what the server would not take is never said to be delivered, and says that it needs somebody", () => {
  expect(syncLook(syncStatus({ refused: 3 }), false)).toEqual({ state: "attention", count: 0 });
  expect(syncLook(syncStatus({ photos_refused: 1, changes_pending: 2 }), false).state).toBe("attention");
  expect(syncLook(syncStatus({ dismissed: 1 }), false).state, "somebody has decided").toBe("delivered");
});

test("held work is told from delivered work", () => {
  expect(syncLook(syncStatus({ held: 2 }), false)).toEqual({ state: "held", count: 2 });
});

test("data that arrived before its photos is told as such", () => {
  expect(photosBehind({ ...DELIVERED, photos_total: 18, photos_delivered: 12 })).toBe(true);
  expect(photosBehind({ ...DELIVERED, photos_total: 18, photos_delivered: 17, photos_lost: 1 })).toBe(false);
  expect(photosBehind({ ...DELIVERED, changes_pending: 1, photos_total: 18, photos_delivered: 12 })).toBe(false);
});
