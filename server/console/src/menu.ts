import {
  Bell,
  Briefcase,
  Checked,
  Clock,
  Document,
  Iphone,
  List,
  MapLocation,
  Monitor,
  Stamp,
  Tickets,
  User,
} from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { Role } from "@/api/schema";

export type Screen =
  | "overview"
  | "review"
  | "history"
  | "conflicts"
  | "held"
  | "cases"
  | "assignments"
  | "templates"
  | "areas"
  | "devices"
  | "people"
  | "audit";

const DESK: Role[] = ["supervisor", "administrator"];

/** Who may open which screen. The server decides again; this only keeps doors that would not open out of sight. */
const ADMITTED: Record<Screen, Role[]> = {
  overview: DESK,
  review: [...DESK, "observer"],
  // Reached from an inspection: it is about one.
  history: DESK,
  conflicts: DESK,
  held: DESK,
  cases: DESK,
  assignments: DESK,
  templates: [...DESK, "observer"],
  areas: DESK,
  devices: DESK,
  people: ["administrator"],
  audit: ["administrator"],
};

const ICONS: Record<Screen, Component> = {
  overview: Monitor,
  review: Checked,
  history: Clock,
  conflicts: Bell,
  held: Stamp,
  cases: Briefcase,
  assignments: Tickets,
  templates: List,
  areas: MapLocation,
  devices: Iphone,
  people: User,
  audit: Document,
};

export type MenuGroup = { name: "work" | "plan" | "system"; screens: { name: Screen; icon: Component }[] };

const GROUPS: { name: MenuGroup["name"]; screens: Screen[] }[] = [
  { name: "work", screens: ["overview", "review", "conflicts", "held", "cases"] },
  { name: "plan", screens: ["assignments", "templates", "areas"] },
  { name: "system", screens: ["devices", "people", "audit"] },
];

export const mayOpen = (role: Role, screen: Screen) => ADMITTED[screen].includes(role);

/** Whether this role decides, returns and approves; an observer only reads. */
export const mayReview = (role: Role | undefined) => role !== undefined && DESK.includes(role);

export function menuOf(role: Role): MenuGroup[] {
  return GROUPS.map(({ name, screens }) => ({
    name,
    screens: screens.filter((screen) => mayOpen(role, screen)).map((screen) => ({ name: screen, icon: ICONS[screen] })),
  })).filter((group) => group.screens.length > 0);
}

/** Where somebody lands after signing in; null for who has no business here. */
export const firstScreen = (role: Role): Screen | null => menuOf(role)[0]?.screens[0]?.name ?? null;
