import { Desk } from "../harness/desk.js";
import { Inspector } from "../harness/inspector.js";
import { plate, street } from "../harness/pictures.js";
import { expect, test } from "../harness/test.js";

/** The demo city gives the inspector this place today. */
const PLACE = "翠湖西路社区";
const ASSET = "KM-530102-JS-00417";

test("the number of an asset is read from a picture of its plate, or typed", async ({ browser, city, first }) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const inspection = await li.begin(PLACE);
  await li.goTo("FAC-10");
  await first.page.locator('.pad [data-answer="fail"]').tap();
  const { drawer } = li;
  await drawer.locator('[data-kind="FAC-10-1"]').tap();
  const camera = drawer.locator("[data-photo=code] input[type=file]");
  const picture = (buffer: Buffer) => ({ name: "plate.jpg", mimeType: "image/jpeg", buffer });

  await camera.setInputFiles(picture(await street(browser)));
  await expect(drawer.locator("[data-code-trouble]")).not.toBeEmpty();
  await expect(drawer.locator("input[name=asset]")).toHaveValue("");
  await camera.setInputFiles(picture(await plate(browser, ASSET)));
  await expect(drawer.locator("input[name=asset]")).toHaveValue(ASSET);
  await expect(drawer.locator("[data-code-trouble]")).toHaveCount(0);
  await drawer.locator("[data-save]").tap();
  await drawer.waitFor({ state: "hidden" });

  await li.deliver();
  const { findings } = await (await Desk.open(city)).item(inspection, "FAC-10");
  expect(findings.map(({ asset }) => asset)).toEqual([ASSET]);
});
