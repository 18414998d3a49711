import { expect, type Locator, type Page } from "@playwright/test";

/** What the demonstration's people sign in with. */
export const DEMO_PASSWORD = "rounds-kunming";

export async function enter(page: Page, login: string, password: string): Promise<void> {
  await page.getByLabel("账号").fill(login);
  await page.getByLabel("密码", { exact: true }).fill(password);
  await page.getByRole("button", { name: "登录" }).click();
}

export async function signIn(page: Page, address: string, login: string): Promise<void> {
  await page.goto(address);
  await enter(page, login, DEMO_PASSWORD);
  // The page to sign in on has a heading too, and no menu.
  await expect(page.getByRole("navigation").first()).toBeVisible();
}

export async function open(page: Page, screen: string): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: screen, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: screen, exact: true })).toBeVisible();
}

/** Picks from a list that opens under its field; `typed` narrows it first. */
export async function pick(field: Locator, choice: string | RegExp, typed = ""): Promise<void> {
  // Its placeholder lies over the field.
  await field.click({ force: true });
  if (typed) await field.fill(typed);
  await field.page().getByRole("option").filter({ hasText: choice }).first().click();
}

/** One item of the inspection that is shown. */
export const item = (page: Page, code: string): Locator => page.locator(`[data-item="${code}"]`);

/** Chooses the first of the values that differ. The radio itself is drawn by its label, which is what a hand meets. */
export async function choose(conflict: Locator): Promise<void> {
  await conflict.locator("label:has([type=radio])").first().click();
  await expect(conflict.getByRole("radio").first()).toBeChecked();
}

/** Closes the list of a choice that takes several, which stays open. */
export async function fold(page: Page): Promise<void> {
  await page.getByRole("dialog").locator(".el-dialog__title").click();
  await expect(page.getByRole("option").filter({ visible: true })).toHaveCount(0);
}
