import { DEMO_PASSWORD } from "../harness/console.js";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";

const PIN = "135790";
const OTHER_PIN = "246802";

test("a PIN opens the app after it was killed, a forgotten one is replaced, and the phone is handed over", async ({
  city,
  first,
}) => {
  const li = new Inspector(first);
  const { page } = li;
  const fill = async (login: string) => {
    await page.locator("input[name=server]").fill(city.address);
    await page.locator("input[name=login]").fill(login);
    await page.locator("input[name=password]").fill(DEMO_PASSWORD);
    await page.locator("[form=enrol]").tap();
  };
  await fill("inspector1");
  for (let twice = 0; twice < 2; twice += 1) await li.typePin(PIN);
  await page.locator(".assignment").first().waitFor();
  await first.kill();
  await first.open();

  await expect(page.locator(".pin-pad h1")).toContainText("李明");
  expect(await first.invoke<{ phase: string }>("state")).toMatchObject({ phase: "locked" });
  await expect(first.invoke("today")).rejects.toThrow("locked");
  await li.typePin("135791");
  await page.locator(".failure").waitFor();
  await li.typePin(PIN);
  await page.locator(".assignment").first().waitFor();

  await li.open("/settings");
  await page.locator("[data-lock]").tap();
  await page.locator(".pin-pad .below button").first().tap();
  await page.locator("input[name=password]").fill(DEMO_PASSWORD);
  await page.locator("[form=recover]").tap();
  for (let twice = 0; twice < 2; twice += 1) await li.typePin(OTHER_PIN);
  await page.locator(".assignment").first().waitFor();

  await li.open("/settings");
  await page.locator("[data-lock]").tap();
  await page.locator(".pin-pad .below button").nth(1).tap();
  await fill("inspector2");
  await page.locator("[data-later]").tap();
  await page.locator(".assignment").first().waitFor();
  await li.open("/settings");
  await expect(page.getByText("赵芸")).toBeVisible();
  await page.locator("[data-lock]").tap();
  await expect(page.locator("[data-holder]")).toHaveCount(2);
  await page.locator("[data-holder=inspector1]").tap();
  await li.typePin(PIN);
  await page.locator(".failure").waitFor();
  await li.typePin(OTHER_PIN);
  await page.locator(".assignment").first().waitFor();
});
