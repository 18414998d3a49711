import type { InspectionKind, ReviewState } from "@/lib/bindings";

export const KINDS: InspectionKind[] = ["routine", "special", "supervision", "unannounced", "recheck"];

export const REVIEW_LOOKS: Record<ReviewState, { tone: string; icon: string }> = {
  draft: { tone: "mute", icon: "edit" },
  submitted: { tone: "info", icon: "guide-o" },
  reviewing: { tone: "info", icon: "eye-o" },
  returned: { tone: "bad", icon: "revoke" },
  approved: { tone: "ok", icon: "passed" },
  dismissed: { tone: "mute", icon: "close" },
  struck: { tone: "mute", icon: "delete-o" },
};
