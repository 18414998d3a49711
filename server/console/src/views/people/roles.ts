import type { Role } from "@/api/schema";

export const ROLES: Role[] = ["inspector", "unit", "supervisor", "administrator", "observer"];
