import { readFile } from "node:fs/promises";
import { open, signIn } from "../harness/console.js";
import { expect, test } from "../harness/test.js";

test.use({ viewport: { width: 1440, height: 900 } });

test("a filtered list is handed over as a file", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "复核");
  await page.getByRole("complementary").getByRole("button", { name: "已通过" }).click();
  const total = Number(/\d+/.exec(await page.getByLabel("检查列表").locator("header").innerText())?.[0]);
  expect(total).toBeGreaterThan(0);

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "导出" }).click();
  await page.getByRole("menuitem", { name: "检查列表 · CSV" }).click();
  const file = await downloading;
  expect(file.suggestedFilename()).toMatch(/^检查列表-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\n");
  expect(lines).toHaveLength(total + 1);
  expect(lines.slice(1).every((line) => line.includes("已通过"))).toBe(true);
  await expect(page.getByText("已导出检查列表")).toBeVisible();
});

test("an export after the session has ended leads to signing in", async ({ city, page, context }) => {
  // Else a poke may be what finds out.
  await page.route("**/v1/live", (route) => route.abort());
  await signIn(page, city.address, "supervisor");
  await open(page, "设备");
  await context.clearCookies();
  await page.getByRole("button", { name: "导出" }).click();
  await page.getByRole("menuitem", { name: "Excel" }).click();
  await expect(page.getByRole("button", { name: "登录" })).toBeVisible();
});

test("the audit trail is handed over, with its own making in it", async ({ city, page }) => {
  await signIn(page, city.address, "admin");
  await open(page, "操作日志");
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "导出" }).click();
  await page.getByRole("menuitem", { name: "CSV" }).click();
  const lines = (await readFile(await (await downloading).path(), "utf8")).trim().split("\n");
  expect(lines[1]).toContain("audit?format=csv");
  expect(lines.slice(2).some((line) => line.includes("登录"))).toBe(true);
});
