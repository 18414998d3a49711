import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";

const PLACE = "翠湖西路社区";

/** What axe finds serious or critical on the screen, as `rule: where`. */
async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

test("the main screens keep nobody out", async ({ city, first }) => {
  const { page } = first;
  expect.soft(await serious(page), "sign-in").toEqual([]);
  const li = await Inspector.enrol(first, city, "inspector1");
  expect.soft(await serious(page), "today").toEqual([]);

  for (const path of ["/areas", "/areas/530102001001", "/start/530102001001", "/sync", "/settings"]) {
    await li.open(path);
    await page.locator(".van-cell").first().waitFor();
    expect.soft(await serious(page), path).toEqual([]);
  }

  await li.open("/");
  const inspection = await li.begin(PLACE);
  for (const item of ["SAN-01", "FAC-06", "FAC-01", "FAC-02"]) {
    await li.goTo(item);
    expect.soft(await serious(page), item).toEqual([]);
  }
  await li.goTo("SAN-03");
  await page.locator('.pad [data-answer="fail"]').tap();
  await li.drawer.waitFor();
  expect.soft(await serious(page), "finding").toEqual([]);
  await page.locator("[data-close]").tap();
  await li.drawer.waitFor({ state: "hidden" });

  for (const path of ["", "/submit", "/differences", "/remarks"]) {
    await li.open(`/inspections/${inspection}${path}`);
    await page.locator(".screen-body").waitFor();
    expect.soft(await serious(page), `inspection${path}`).toEqual([]);
  }
});
