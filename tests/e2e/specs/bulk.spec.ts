import { choose, open, signIn } from "../harness/console.js";
import { Desk } from "../harness/desk.js";
import { expect, test } from "../harness/test.js";

test.use({ viewport: { width: 1440, height: 900 } });

test("several differences are decided at once, each with its own entry in its history", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "不一致待核定");
  const rows = page.locator("article[data-item]");
  await expect(rows).toHaveCount(5);
  // Those that have 不合格 among their values can be decided together.
  const alike = rows.filter({ hasText: "不合格" });
  const count = await alike.count();
  expect(count).toBeGreaterThan(1);
  for (let at = 0; at < count; at += 1) await alike.nth(at).locator(".pick").click();
  await page.getByRole("button", { name: "核定所选" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator('[data-value="fail"]').click();
  await dialog.getByRole("button", { name: "已电话核实，采用此结果" }).click();
  await dialog.getByRole("button", { name: "核定", exact: true }).click();
  await expect(page.getByText(`已处理 ${count} 项`)).toBeVisible();
  await expect(rows).toHaveCount(5 - count);
});

test("the second of two supervisors is told that the first has decided", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "不一致待核定");
  const row = page.locator('article[data-item="SAN-05"]').first();
  await row.getByRole("button").first().click();
  await choose(row);
  const link = await row.getByRole("link", { name: "查看整份检查" }).getAttribute("href");
  const inspection = link?.split("/").at(-1) ?? "";

  const other = await Desk.open(city, "admin");
  await other.decide(inspection, "SAN-05", "fail", "已到现场核实");
  await expect(page.getByText("您打开的一项已不在待核定之列")).toBeVisible();
  await expect(page.locator("article[data-item]")).toHaveCount(4);
});
