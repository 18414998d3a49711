import { CircleCheckFilled, CircleCloseFilled, Edit, RefreshLeft, Remove, Upload, View } from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { ReviewState } from "@/api/schema";

export type BadgeTone = "good" | "bad" | "amber" | "blue" | "grey";

/** Icon and colour of each review state; its word stands in the language files. */
export const STATE_LOOKS: Record<ReviewState, { icon: Component; tone: BadgeTone }> = {
  draft: { icon: Edit, tone: "grey" },
  submitted: { icon: Upload, tone: "blue" },
  reviewing: { icon: View, tone: "blue" },
  returned: { icon: RefreshLeft, tone: "amber" },
  approved: { icon: CircleCheckFilled, tone: "good" },
  dismissed: { icon: CircleCloseFilled, tone: "bad" },
  struck: { icon: Remove, tone: "grey" },
};
