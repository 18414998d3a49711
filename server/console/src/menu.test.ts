import { expect, test } from "vitest";
import type { Role } from "@/api/schema";
import { firstScreen, mayReview, menuOf } from "@/menu";

const screens = (role: Role) => menuOf(role).flatMap((group) => group.screens.map(({ name }) => name));

test("an administrator opens every screen", () => {
  expect(screens("administrator")).toEqual([
    ...["overview", "review", "conflicts", "held", "cases"],
    ...["assignments", "templates", "areas"],
    ...["devices", "people", "audit"],
  ]);
});

test("a supervisor keeps no accounts and reads no audit log", () => {
  expect(screens("supervisor")).not.toContain("people");
  expect(screens("supervisor")).not.toContain("audit");
  expect(firstScreen("supervisor")).toBe("overview");
});

test("an observer reads and decides nothing", () => {
  expect(screens("observer")).toEqual(["review", "templates"]);
  expect(firstScreen("observer")).toBe("review");
  expect(mayReview("observer")).toBe(false);
});

test("groups without screens are not shown", () => {
  expect(menuOf("observer").map(({ name }) => name)).toEqual(["work", "plan"]);
});

test("who works on devices finds no door here", () => {
  expect(screens("inspector")).toEqual([]);
  expect(screens("unit")).toEqual([]);
  expect(firstScreen("inspector")).toBeNull();
});
