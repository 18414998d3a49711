/** The truthful words of the sync: 已存本机 · 待上传 n · 上传中 · 已送达 · 待审定 · 需处理. */
import type { Delivery, SyncStatus } from "@/lib/bindings";

export type DeliveryState = Delivery["state"];

export interface DeliveryLook {
  state: DeliveryState;
  count: number;
}

/** Failures that pass by themselves when the connection comes back; every other one needs a person. */
const PASSING = ["unreachable"];

/** What the chip on every screen says of the whole device; what needs a person outranks what takes its course. */
export function syncLook(status: SyncStatus | null, expired: boolean): DeliveryLook {
  if (status === null) return { state: "stored", count: 0 };
  const waiting = status.changes_pending + status.photos_pending;
  if (expired || (status.failure && !PASSING.includes(status.failure.code))) return { state: "attention", count: 0 };
  // The server would not take it: it is on this phone alone, and nothing takes its course.
  if (status.refused + status.photos_refused > 0) return { state: "attention", count: 0 };
  if (status.phase === "running" && waiting > 0) return { state: "sending", count: waiting };
  if (waiting > 0) return { state: "pending", count: waiting };
  if (status.held > 0) return { state: "held", count: status.held };
  return { state: status.last_success === null ? "stored" : "delivered", count: 0 };
}

export function deliveryLook(delivery: Delivery): DeliveryLook {
  const photos = delivery.photos_total - delivery.photos_delivered - delivery.photos_lost;
  return { state: delivery.state, count: delivery.changes_pending + photos };
}

/** Data is delivered, photos are still on their way: said in words of its own. */
export function photosBehind(delivery: Delivery): boolean {
  return delivery.changes_pending === 0 && delivery.photos_delivered + delivery.photos_lost < delivery.photos_total;
}

export const DELIVERY_TONES: Record<DeliveryState, string> = {
  stored: "mute",
  pending: "info",
  sending: "info",
  delivered: "ok",
  held: "warn",
  attention: "bad",
};

export const DELIVERY_ICONS: Record<DeliveryState, string> = {
  stored: "records-o",
  pending: "upgrade",
  sending: "exchange",
  delivered: "passed",
  held: "clock-o",
  attention: "warning-o",
};
