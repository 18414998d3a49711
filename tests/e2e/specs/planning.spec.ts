import { fold, open, pick, signIn } from "../harness/console.js";
import { expect, test } from "../harness/test.js";

test.use({ viewport: { width: 1440, height: 900 } });

test("a supervisor draws places by lot, sends blind pairs, and finds them in the calendar", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "任务安排");
  await page.getByRole("button", { name: "批量安排" }).click();
  const dialog = page.getByRole("dialog");
  await pick(dialog.getByRole("combobox", { name: "范围" }), /^\s*五华区/, "五华");
  await dialog.getByRole("spinbutton", { name: "抽取数量" }).fill("3");
  await pick(dialog.getByRole("combobox", { name: "检查表" }), "环境卫生专项检查", "环境卫生专项");
  await pick(dialog.getByRole("combobox", { name: "巡访员" }), "李明", "李明");
  await fold(page);
  await pick(dialog.getByRole("combobox", { name: "背靠背抽查人员" }), "赵芸", "赵芸");
  await fold(page);
  await dialog.getByRole("button", { name: "预览" }).click();
  await expect(dialog.locator("[data-planned]")).toHaveCount(6);
  await expect(dialog.getByText(/抽样种子 \S+：\d+ 个地点中抽取 3 个/)).toBeVisible();
  const places = await dialog.locator("[data-planned] td:nth-child(2)").allInnerTexts();
  await dialog.getByRole("button", { name: "下达 6 项任务" }).click();
  await expect(page.getByText("已下达 6 项任务")).toBeVisible();

  const drawn = page.getByRole("row").filter({ hasText: "抽样" });
  await expect(drawn).toHaveCount(6);
  await expect(drawn.filter({ hasText: "背靠背" })).toHaveCount(3);
  const first = places[0]?.split(" ")[0] ?? "";
  await expect(drawn.filter({ hasText: first })).toHaveCount(2);

  await page.locator("label").filter({ hasText: "日历" }).click();
  await expect(page).toHaveURL(/view=calendar/);
  await expect(page.getByLabel("逾期人员").getByRole("button", { name: /陈静/ })).toContainText("逾期 1 项");
  await page.locator("[data-day].late").first().click();
  await expect(page.getByRole("row").filter({ hasText: "已逾期" }).first()).toBeVisible();
});

test("a plan that cannot be made says why and keeps what was typed", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "任务安排");
  await page.getByRole("button", { name: "批量安排" }).click();
  const dialog = page.getByRole("dialog");
  await pick(dialog.getByRole("combobox", { name: "范围" }), /^\s*盘龙区/, "盘龙");
  await pick(dialog.getByRole("combobox", { name: "检查地点" }), "农贸市场");
  await pick(dialog.getByRole("combobox", { name: "检查表" }), "环境卫生专项检查", "环境卫生专项");
  await pick(dialog.getByRole("combobox", { name: "巡访员" }), "李明", "李明");
  await fold(page);
  await dialog.getByRole("button", { name: "预览" }).click();
  await expect(dialog.getByRole("alert").filter({ hasText: "没有可检查的地点" })).toBeVisible();
  await expect(dialog.getByRole("button", { name: /下达/ })).toBeHidden();
});
