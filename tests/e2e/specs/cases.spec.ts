import { item, open, pick, signIn } from "../harness/console.js";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";
import { street } from "../harness/pictures.js";

test.use({ viewport: { width: 1440, height: 900 } });

/** The demo city gives both inspectors this place today. */
const PLACE = "翠湖西路社区";
const DUE = "2099-12-31";

test("a finding is dispatched, fixed with a photo without a connection, checked and closed", async ({
  browser,
  city,
  first,
  second,
  page,
}) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const picture = await street(browser);
  const inspection = await li.begin(PLACE);
  await li.addFinding("SAN-01", "SAN-01-4", "3栋2单元门前", { picture });
  await li.deliver();

  await signIn(page, city.address, "supervisor");
  await page.goto(`${city.address}/review/${inspection}`);
  const finding = item(page, "SAN-01").locator(".finding");
  if (!(await finding.isVisible())) await item(page, "SAN-01").getByRole("button").first().click();
  await finding.getByRole("button", { name: "立案" }).click();
  const drawer = page.locator(".case-drawer");
  await expect(drawer).toContainText("待派遣");
  await drawer.getByRole("button", { name: "派遣" }).click();
  const dialog = page.getByRole("dialog", { name: "派遣" });
  await pick(dialog.getByRole("combobox", { name: "责任人" }), "赵芸", "赵芸");
  await dialog.getByRole("combobox", { name: "整改期限" }).fill(DUE);
  await dialog.getByRole("combobox", { name: "整改期限" }).press("Enter");
  await expect(dialog, "whoever found it checks it").toContainText("李明");
  await dialog.getByRole("button", { name: "派遣" }).click();
  await expect(dialog).toBeHidden();
  await expect(drawer).toContainText("处置中");

  const zhao = await Inspector.enrol(second, city, "inspector2");
  await zhao.deliver();
  await zhao.open("/");
  await expect(second.page.locator("a.case")).toContainText("3栋2单元门前");
  await city.stop();
  await second.page.locator("a.case").tap();
  const before = second.page.locator("[data-side=before] img");
  await expect(before, "what it was like is there without a signal").toBeVisible();
  await expect(second.page.locator("[data-act=fix]"), "nothing is fixed without a photo").toBeDisabled();
  await zhao.takePhoto(second.page.locator(".ways"), picture);
  await second.page.locator("[data-side=after] img").waitFor();
  await second.page.locator("[data-act=fix]").tap();
  await second.page.locator("textarea[name=case-text]").fill("已清运，地面已冲洗");
  await second.page.locator("[data-case-say]").tap();
  await expect(second.page.locator(".screen-body")).toContainText("待核查");
  await second.kill();
  await second.open();
  await zhao.open("/cases");
  await second.page.locator("a.case").tap();
  await expect(second.page.locator(".track"), "killing the app loses nothing").toContainText("已清运");

  await city.open();
  await zhao.deliver();
  await li.deliver();
  await li.open("/");
  await first.page.locator("a.case").tap();
  for (const side of ["before", "after"]) {
    await expect(first.page.locator(`[data-side=${side}] img`)).toBeVisible();
  }
  await first.page.locator("[data-act=pass]").tap();
  await first.page.locator("[data-case-say]").tap();
  await expect(first.page.locator(".screen-body")).toContainText("待结案");
  await li.deliver();

  await page.goto(`${city.address}/overview`);
  await open(page, "问题整改");
  const row = page.getByRole("row").filter({ hasText: "3栋2单元门前" });
  await expect(row).toContainText("待结案");
  await row.getByRole("button", { name: "查看案件" }).click();
  await expect(drawer.getByLabel("整改后").locator("img")).toBeVisible();
  await expect(drawer.locator(".track li")).toHaveCount(4);
  await drawer.getByRole("button", { name: "结案" }).click();
  await expect(row).toContainText("已结案");
  await li.deliver();
  await li.open("/cases");
  await expect(first.page.locator("a.case")).toContainText("已结案");
});
