import { Desk } from "../harness/desk.js";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";

/** The demo city gives the inspector this place today. */
const PLACE = "翠湖西路社区";

test("a visit with more in it than one record takes goes on in another, and each leads to the other", async ({
  city,
  first,
}) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const { page } = first;
  await city.stop();
  const inspection = await li.begin(PLACE);
  await li.answer("SAN-03", "pass");
  await li.fill(inspection);
  await li.open(`/inspections/${inspection}`);
  // The screens were passed by.
  await page.reload();
  await expect(page.locator("[data-nearly-full]")).toContainText("已记录的内容都在");
  await page.locator("[data-continue]").tap();
  await page.waitForURL((url) => url.hash.startsWith("#/inspections/") && !url.hash.includes(inspection));
  const continuation = await li.inspectionOnScreen();
  await li.open(`/inspections/${continuation}/items/SAN-05`);
  await page.locator('.pad [data-answer="na"]').tap();
  await li.saved("SAN-05");
  await li.open(`/inspections/${continuation}`);
  await page.getByText("本表是续表").tap();
  await page.waitForURL(new RegExp(`#/inspections/${inspection}$`));
  await expect(page.locator("[data-continue]")).toBeVisible();

  await city.open();
  await li.deliver();
  const desk = await Desk.open(city);
  expect((await desk.inspection(inspection)).continued_by).toBe(continuation);
  expect((await desk.inspection(continuation)).continues).toBe(inspection);
  expect((await desk.item(inspection, "SAN-03")).answer.value).toBe("pass");
  expect((await desk.item(continuation, "SAN-05")).answer.value).toBe("na");
});
