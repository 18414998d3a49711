import { withOneMore } from "../harness/checklist.js";
import { Desk } from "../harness/desk.js";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";

/** The demo city gives the inspector this place today. */
const PLACE = "翠湖西路社区";
test("a checklist that grew during a visit offers its new items, and everything answered stays", async ({
  city,
  first,
}) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const { page } = first;
  await city.stop();
  const inspection = await li.begin(PLACE);
  await li.answer("SAN-03", "pass");
  await city.edit("san", withOneMore);
  await city.open();
  await li.deliver();

  await li.open(`/inspections/${inspection}`);
  const offer = page.locator("[data-newer]");
  await expect(offer).toContainText("检查表已更新至第 2 版");
  await expect(offer.getByRole("listitem")).toHaveText(["SAN-19 集贸市场周边无占道堆物"]);
  await city.stop();
  await offer.locator("[data-bring]").tap();
  await offer.waitFor({ state: "hidden" });
  await page.locator(".go-on").tap();
  await li.answer("SAN-19", "pass");

  await city.open();
  await li.deliver();
  const desk = await Desk.open(city);
  expect((await desk.item(inspection, "SAN-03")).answer.value).toBe("pass");
  expect((await desk.item(inspection, "SAN-19")).answer.value).toBe("pass");
});
