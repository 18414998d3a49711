import type { Page } from "@playwright/test";
import { item, open, signIn } from "../harness/console.js";
import { Desk } from "../harness/desk.js";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";
import { street } from "../harness/pictures.js";

test.use({ viewport: { width: 1440, height: 900 } });

/** The demonstration's inspections that wait for a review. */
const FIT = "凯苑社区";
const DISPUTED = ["威远街社区", "翠湖社区"];

async function waiting(page: Page): Promise<void> {
  await open(page, "复核");
  await page.getByRole("complementary").getByRole("button", { name: "待复核" }).click();
  await expect(page.getByLabel("检查列表").locator(".review-row")).toHaveCount(3);
}

test("of several inspections those that need a look are left out by name, and the rest is approved", async ({
  city,
  page,
}) => {
  await signIn(page, city.address, "supervisor");
  await waiting(page);
  await page.locator("[data-pick-all]").click();
  await page.locator("[data-approve-many]").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.locator("[data-fit]")).toHaveText(new RegExp(FIT));
  for (const place of DISPUTED) await expect(dialog.locator('[data-barred="conflicts"]')).toContainText(place);
  await dialog.getByRole("button", { name: "通过 1 项" }).click();
  await expect(page.getByText("已处理 1 项")).toBeVisible();
  await expect(page.getByLabel("检查列表").locator(".review-row")).toHaveCount(2);
});

test("an inspection that has changed since it was picked is not approved with the others", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await waiting(page);
  // The screen learns of nothing any more.
  await page.route("**/v1/live", (route) => route.abort());
  await page.route("**/v1/inspections?*", (route) => route.abort());
  await page.locator(".review-row", { hasText: FIT }).click();
  await page.keyboard.press("x");
  const desk = await Desk.open(city, "admin");
  const changed = (await desk.find(FIT)) ?? "";
  await desk.comment(changed, "请稍候，正在核实");
  await page.locator("[data-approve-many]").click();
  await page.getByRole("dialog").getByRole("button", { name: "通过 1 项" }).click();
  await expect(page.getByText("1 项未处理")).toBeVisible();
  expect((await desk.inspection(changed)).row.state).toBe("reviewing");
});

test("the keys go through the queue and say what they do", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await waiting(page);
  const chosen = page.locator(".review-row[aria-current=true]");
  const places = await page.locator(".review-row strong").allInnerTexts();
  await page.locator(".review-row").first().click();
  await page.keyboard.press("j");
  await expect(chosen).toContainText(places[1]!);
  await page.keyboard.press("k");
  await expect(chosen).toContainText(places[0]!);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "快捷键" })).toContainText("退回补正当前检查");
  await page.keyboard.press("j");
  await expect(chosen, "a dialog keeps the keys to itself").toContainText(places[0]!);
  const away = async () => {
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog").filter({ visible: true })).toHaveCount(0);
  };
  await away();
  await page.keyboard.press("r");
  await expect(page.getByRole("dialog", { name: "退回补正" })).toBeVisible();
  await away();
  await page.keyboard.press("c");
  await page.getByRole("dialog").getByRole("textbox").fill("请补充门牌号");
  await page.getByRole("dialog").getByRole("button", { name: "提交意见" }).click();
  await expect(page.getByText("意见已提交")).toBeVisible();
  await expect(page.getByText("请补充门牌号")).toBeVisible();
});

test("photos are looked into and laid beside each other, and what came after the approval is marked", async ({
  browser,
  city,
  first,
  page,
}) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const inspection = await li.begin("翠湖西路社区");
  const picture = await street(browser);
  await li.addFinding("SAN-01", "SAN-01-4", "3栋2单元门前", { picture, located: true });
  await li.takePhoto(li.page.locator(".screen-body"), picture);
  await li.submit(inspection);
  await li.deliver();
  const desk = await Desk.open(city);
  await desk.approve(inspection);

  await signIn(page, city.address, "supervisor");
  await page.goto(`${city.address}/review/${inspection}`);
  await item(page, "SAN-01").locator(".head").click();
  await item(page, "SAN-01").locator(".finding .frame").first().click();
  const viewer = page.getByRole("dialog");
  await expect(viewer.locator("figure")).toHaveCount(1);
  const picture_ = viewer.locator("figure img").first();
  await expect.poll(() => picture_.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
  await viewer.getByRole("button", { name: "放大" }).click();
  await expect
    .poll(() => picture_.evaluate((image) => new DOMMatrix(getComputedStyle(image).transform).a))
    .toBeGreaterThan(1);
  await viewer.getByRole("button", { name: "并排对比" }).click();
  await expect(viewer.locator("figure")).toHaveCount(2);
  await expect(viewer.locator("figure").first()).toContainText("李明");
  await page.keyboard.press("Escape");

  await page.locator("[data-places]").click();
  await expect(page.locator("[data-drawn]")).toBeVisible();
  await expect(page.getByLabel("问题位置", { exact: true })).toContainText("25.04730, 102.70460");

  await li.open(`/inspections/${inspection}/items/SAN-09`);
  await li.answer("SAN-09", "pass");
  await li.deliver();
  await expect(page.getByText("审后变更").first()).toBeVisible();
  await page.getByRole("link", { name: "查看通过之后的变更" }).click();
  await expect(page.locator('[data-difference="SAN-09"]')).toBeVisible();
});
