/** Cases: how a state looks, and what a person is asked to do. */
import type { CaseCard, CaseState } from "@/lib/bindings";

export const CASE_LOOKS: Record<CaseState, { tone: string; icon: string }> = {
  pending: { tone: "mute", icon: "edit" },
  opened: { tone: "info", icon: "guide-o" },
  handling: { tone: "warn", icon: "clock-o" },
  checking: { tone: "info", icon: "eye-o" },
  rework: { tone: "bad", icon: "revoke" },
  checked: { tone: "ok", icon: "passed" },
  closed: { tone: "ok", icon: "certificate" },
  withdrawn: { tone: "mute", icon: "close" },
};

/** Whether its day still counts: until it is put right. */
export const isDue = ({ state }: CaseCard) => state === "handling" || state === "rework";
