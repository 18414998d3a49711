import { item, open, signIn } from "../harness/console.js";
import { Desk } from "../harness/desk.js";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";

test("what a stopped phone still delivers is shown to the supervisor, who lets it count or not", async ({
  city,
  first,
  page,
}) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  await city.stop();
  const inspection = await li.begin("翠湖西路社区");
  await li.addFinding("SAN-01", "SAN-01-4", "3栋2单元门前");
  await li.remark("物业已到场");
  await first.kill();

  await city.open();
  await signIn(page, city.address, "admin");
  await open(page, "设备");
  const phone = page.getByRole("row").filter({ hasText: "李明" }).filter({ hasNotText: "已停用" });
  await phone.getByRole("button", { name: "停用" }).last().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("手机遗失");
  await dialog.getByRole("button", { name: "停用" }).click();
  await expect(dialog).toBeHidden();

  await first.open();
  await li.open(`/inspections/${inspection}/items/SAN-01`);
  await li.syncNow();
  await expect(li.chip).toContainText("待审定");

  await open(page, "待审定");
  const waiting = page.getByRole("row").filter({ hasText: "李明" });
  await expect(waiting).toHaveCount(1);
  for (const words of ["翠湖西路社区", "不合格", "3栋2单元门前", "物业已到场", "设备停用后才送达"]) {
    await expect(waiting).toContainText(words);
  }
  await waiting.getByRole("button", { name: "不予采用" }).click();
  const why = dialog.getByRole("textbox");
  await expect(dialog.getByRole("button", { name: "不予采用" }), "without a reason nothing is ruled").toBeDisabled();
  await why.fill("尚未向本人核实");
  await dialog.getByRole("button", { name: "不予采用" }).click();
  await expect(waiting).toHaveCount(0);

  await page.getByText("不予采用", { exact: true }).first().click();
  await expect(waiting).toContainText("尚未向本人核实");
  await waiting.getByRole("button", { name: "准予采用" }).click();
  await why.fill("已向本人核实，情况属实");
  await dialog.getByRole("button", { name: "准予采用" }).click();
  await expect(waiting).toHaveCount(0);

  await page.getByText("已采用", { exact: true }).first().click();
  await expect(waiting).toContainText("系统管理员 准予采用");
  await waiting.getByRole("link", { name: "查看检查" }).click();
  await expect(item(page, "SAN-01")).toContainText("不合格");
  const desk = await Desk.open(city);
  const [found] = (await desk.item(inspection, "SAN-01")).findings;
  expect(found?.place, "what is admitted counts").toBe("3栋2单元门前");
});
