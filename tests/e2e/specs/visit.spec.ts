import { Desk } from "../harness/desk.js";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";

/** The demo city gives both inspectors this place today. */
const PLACE = "翠湖西路社区";

test("who came, who was asked, what was marked and who signed arrive with the visit", async ({ city, first }) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const { page } = first;
  await city.stop();
  await page.locator(".assignment", { hasText: PLACE }).first().tap();
  const inspection = await li.inspectionOnScreen();
  await page.locator("[data-pass]").tap();
  await expect(page.locator(".presence")).toContainText("李明（我）");
  await expect(page.locator("[data-pass]")).toContainText("记离开");

  await page.locator(".go-on").tap();
  await li.goTo("GRN-14");
  for (const [before, opinion] of ["yes", "yes", "no", "no"].entries()) {
    await page.locator(`[data-opinion=${opinion}]`).tap();
    // The next person is asked when this one is counted: what is tapped while it is being kept is no answer.
    await expect(page.locator(".survey .live")).toContainText(`有效 ${before + 1} 份`);
  }
  await page.locator("[data-take-back]").tap();
  await expect(page.locator(".survey .live")).toContainText("66%");

  await li.goTo("SAN-01");
  const strip = page.locator(".screen-body");
  await li.takePhoto(strip, await page.screenshot({ type: "jpeg" }));
  await strip.locator("figure img").waitFor();
  await page.locator("[data-draw]").tap();
  const ground = page.locator("[data-ground] .konvajs-content");
  await ground.waitFor();
  await li.stroke(ground, [0.2, 0.2], [0.6, 0.5]);
  await page.locator("[data-tool=text]").tap();
  await page.locator("input[name=words]").fill("破损处");
  await ground.tap();
  await page.locator("[data-keep]").tap();
  await expect(strip.locator("figure img")).toHaveCount(2);

  await li.open(`/inspections/${inspection}/submit`);
  await page.locator("[data-sign]").tap();
  const pad = page.locator(".van-signature canvas");
  await pad.waitFor();
  await li.stroke(pad, [0.2, 0.6], [0.8, 0.4]);
  await page.locator(".van-signature__footer .van-button--primary").tap();
  await page.locator(".signatures figure img").waitFor();

  await city.open();
  await li.deliver();
  const desk = await Desk.open(city);
  const seen = await desk.inspection(inspection);
  expect(seen.presences.map(({ passage, by }) => `${by.name} ${passage}`)).toEqual(["李明 arrival"]);
  expect(seen.presences[0]!.point, "the phone said where it was").not.toBeNull();
  const survey = await desk.item(inspection, "GRN-14");
  expect([survey.answer.value, survey.survey]).toEqual(["2/3", { yes: 2, no: 1, void: 0 }]);
  const photos = (await desk.item(inspection, "SAN-01")).photos;
  const copy = photos.find((photo) => photo.source === "drawn")!;
  expect(
    photos.map(({ id }) => id),
    "the photo itself is there too",
  ).toContain(copy.copy_of);
  await expect
    .poll(async () => (await desk.inspection(inspection)).signatures.map((one) => one.delivered))
    .toEqual([true]);
});
