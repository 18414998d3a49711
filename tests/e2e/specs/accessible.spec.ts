import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../harness/test.js";
import { LOOKS, SMALLEST, Tour } from "../harness/tour.js";

/** What a thumb hits while walking, and what it hits standing still; in CSS pixels. */
const ANSWER_PX_MIN = 56;
const BUTTON_PX_MIN = 44;
/** Half a pixel of rounding. */
const SLACK_PX = 1;

/** What axe finds serious or critical on the screen, as `rule: where`. In the sun 7:1 is needed, not 4.5:1. */
async function serious(page: Page): Promise<string[]> {
  const sun = { rules: { "color-contrast-enhanced": { enabled: true } } };
  const { violations } = await new AxeBuilder({ page }).options(sun).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** What can be pressed and is too low for a thumb, or sticks out at a side. */
async function unreachable(page: Page): Promise<string[]> {
  return page.evaluate(
    ([answer, button, slack]) => {
      const pressed = "button, a, [role=button], [role=radio], [role=checkbox], [role=tab], .van-cell--clickable";
      return [...document.querySelectorAll<HTMLElement>(pressed)].flatMap((element) => {
        const box = element.getBoundingClientRect();
        if (!element.checkVisibility({ visibilityProperty: true }) || box.width === 0) return [];
        const least = element.matches("[data-answer]") ? answer : button;
        const low = box.height + slack < least;
        const out = box.left < -slack || box.right > innerWidth + slack;
        return low || out ? [`${Math.round(box.height)}px ${out ? "sticks out" : "low"}: ${element.outerHTML}`] : [];
      });
    },
    [ANSWER_PX_MIN, BUTTON_PX_MIN, SLACK_PX] as const,
  );
}

test("no screen keeps anybody out, in either language and any theme", async ({ browser, city, first, second }) => {
  test.setTimeout(600_000);
  const tour = await Tour.prepare(browser, city, first, second);
  for (const look of LOOKS) {
    await tour.wear(look);
    for (const screen of tour.screens) {
      await screen.show();
      expect.soft(await serious(screen.page), `${screen.name} ${look.locale} ${look.theme}`).toEqual([]);
    }
  }
  await tour.end();
});

test("with the largest text on the smallest phone everything can still be pressed", async ({
  browser,
  city,
  first,
  second,
}) => {
  const tour = await Tour.prepare(browser, city, first, second);
  for (const look of [LOOKS[0]!, ...SMALLEST]) {
    await tour.wear(look);
    for (const screen of tour.screens) {
      await screen.show();
      expect.soft(await unreachable(screen.page), `${screen.name} ${look.locale} ${look.text} %`).toEqual([]);
    }
  }
  await tour.end();
});
