import { AxeBuilder } from "@axe-core/playwright";
import { signIn } from "../harness/console.js";
import { Desk } from "../harness/desk.js";
import { expect, test } from "../harness/test.js";

test.use({ viewport: { width: 1280, height: 800 } });

/** Each screen with what is on it once it has loaded. */
const SCREENS: [path: string, loaded: string][] = [
  ["overview", ".tile, table"],
  ["review", "[data-item]"],
  ["conflicts", "article[data-item]"],
  ["held", "table"],
  ["assignments", "tbody tr"],
  ["assignments?view=calendar", "[data-day]"],
  ["templates", "tbody tr, [data-item]"],
  ["areas/530102001001", "tbody tr"],
  ["devices", "tbody tr"],
  ["people", "tbody tr"],
  ["audit", "tbody tr"],
];

test("the console's screens keep nobody out", async ({ city, page }) => {
  await signIn(page, city.address, "admin");
  await expect(page.getByRole("navigation")).toBeVisible();
  const [inspection] = await (await Desk.open(city)).inspections();
  const screens = [...SCREENS, [`history/${inspection}`, "[data-moment]"] as [string, string]];
  for (const [path, loaded] of screens) {
    await page.goto(`${city.address}/${path}`);
    await page.locator(loaded).first().waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
    expect.soft(serious, path).toEqual([]);
  }
});
