import { Download, Iphone, Key, Lock, SwitchButton, Upload, User, Warning } from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { AuditAction } from "@/api/schema";
import type { BadgeTone } from "@/components/stateLooks";

export const AUDIT_LOOKS: Record<AuditAction, { icon: Component; tone: BadgeTone }> = {
  sign_in: { icon: Key, tone: "grey" },
  sign_in_failed: { icon: Warning, tone: "amber" },
  locked_out: { icon: Lock, tone: "bad" },
  sign_out: { icon: SwitchButton, tone: "grey" },
  export: { icon: Download, tone: "blue" },
  import: { icon: Upload, tone: "blue" },
  user_made: { icon: User, tone: "blue" },
  user_changed: { icon: User, tone: "blue" },
  role_changed: { icon: User, tone: "amber" },
  device_enrolled: { icon: Iphone, tone: "blue" },
  device_revoked: { icon: Iphone, tone: "bad" },
  password_changed: { icon: Key, tone: "blue" },
  key_recovered: { icon: Key, tone: "amber" },
  recovery_refused: { icon: Warning, tone: "bad" },
};
