import { choose, item, open, signIn } from "../harness/console.js";
import { expect, test } from "../harness/test.js";

test.use({ viewport: { width: 1440, height: 900 } });

/** The demonstration's visit that two inspectors made, each on his own phone. */
const MERGED = "威远街社区";

test("a supervisor sees what an inspection was before it was decided, and what a phone showed", async ({
  city,
  page,
}) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "复核");
  await page.getByLabel("检查列表").getByText(MERGED).click();
  await choose(item(page, "SAN-05"));
  await item(page, "SAN-05").getByRole("button", { name: "已电话核实，采用此结果" }).click();
  await item(page, "SAN-05").getByRole("button", { name: "核定", exact: true }).click();
  await expect(item(page, "SAN-05").getByText("已核定").first()).toBeVisible();

  await page.getByRole("link", { name: "历史回溯" }).click();
  await expect(page.getByRole("heading", { name: MERGED })).toBeVisible();
  const moments = page.locator("[data-moment]");
  await expect(moments).toHaveCount(3);
  // The newest is the decision, compared with the moment before it.
  await expect(page.locator("[data-difference]")).toHaveCount(1);
  await expect(page.locator('[data-difference="SAN-05"]')).toContainText("已电话核实，采用此结果");

  await moments.nth(1).click();
  await expect(item(page, "SAN-05").getByText("不一致")).toBeVisible();
  await moments.nth(2).click();
  await expect(item(page, "SAN-05").getByText("不一致")).toBeHidden();

  await page.locator("label").filter({ hasText: "设备当时显示的内容" }).click();
  await expect(page).toHaveURL(/device=/);
  await expect(item(page, "SAN-05")).toContainText("李明");
  await expect(item(page, "SAN-05")).not.toContainText("陈静");
  await page.reload();
  await expect(item(page, "SAN-05")).not.toContainText("陈静");
  await page.getByRole("link", { name: "返回复核" }).click();
  await expect(page.getByLabel("检查详情").getByRole("heading", { name: MERGED })).toBeVisible();
});

test.describe("far from the city", () => {
  test.use({ timezoneId: "America/New_York" });

  test("the clock of a device is the city's", async ({ city, page }) => {
    await signIn(page, city.address, "supervisor");
    await open(page, "复核");
    await page.getByLabel("检查列表").getByText(MERGED).click();
    await page.getByRole("link", { name: "历史回溯" }).click();
    await page.locator("label").filter({ hasText: "设备当时显示的内容" }).click();
    const clock = page.getByRole("combobox", { name: "设备时钟" });
    await expect(clock).toHaveValue(/ 10:\d\d:\d\d$/);
    const day = (await clock.inputValue()).split(" ")[0]!;
    await clock.fill(`${day} 09:05:00`);
    await clock.press("Enter");
    const at = Date.parse(`${day}T09:05:00+08:00`);
    await expect(page).toHaveURL(new RegExp(`at=${at}`));
    await expect(item(page, "SAN-05"), "recorded by then").toContainText("李明");
    await expect(item(page, "SAN-09"), "not recorded yet").toContainText("未记录");
  });
});
