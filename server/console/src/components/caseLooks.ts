import {
  CircleCheckFilled,
  CircleCloseFilled,
  Clock,
  Edit,
  Finished,
  Promotion,
  RefreshLeft,
  View,
} from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { CaseState } from "@/api/schema";
import type { BadgeTone } from "@/components/stateLooks";

/** Icon and colour of each state of a case, in the order a case goes through them; its word stands in the language files. */
export const CASE_LOOKS: Record<CaseState, { icon: Component; tone: BadgeTone }> = {
  pending: { icon: Edit, tone: "grey" },
  opened: { icon: Promotion, tone: "amber" },
  handling: { icon: Clock, tone: "blue" },
  checking: { icon: View, tone: "amber" },
  rework: { icon: RefreshLeft, tone: "bad" },
  checked: { icon: Finished, tone: "amber" },
  closed: { icon: CircleCheckFilled, tone: "good" },
  withdrawn: { icon: CircleCloseFilled, tone: "grey" },
};
