import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ConsoleTour, DESK_LOCALES, DESK_LOOKS, DESK_THEMES } from "../harness/consoleTour.js";
import { expect, test } from "../harness/test.js";
import { LOCALES, LOOKS, SMALLEST, stillness, THEMES, Tour } from "../harness/tour.js";

/** What a thumb hits while walking, and what it hits standing still; in CSS pixels. */
const ANSWER_PX_MIN = 56;
const BUTTON_PX_MIN = 44;
/** Half a pixel of rounding. */
const SLACK_PX = 1;

/** In the sun 7:1 is needed, not 4.5:1. */
const COLOURS = ["color-contrast", "color-contrast-enhanced"];

/** What axe finds serious or critical on the screen by these rules, or by all, as `rule: where`. */
async function serious(page: Page, only?: string[]): Promise<string[]> {
  const enhanced = { "color-contrast-enhanced": { enabled: true } };
  const axe = new AxeBuilder({ page });
  const { violations } = await (only ? axe.withRules(only) : axe.options({ rules: enhanced })).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** What can be pressed and is too low for a thumb, or sticks out at a side. */
async function unreachable(page: Page): Promise<string[]> {
  return page.evaluate(
    ([answer, button, slack]) => {
      const answers = "[data-answer], [data-opinion], [data-number] button, .conflict .choices button";
      const pressed = "button, a, [role=button], [role=radio], [role=checkbox], [role=tab], .van-cell--clickable";
      return [...document.querySelectorAll<HTMLElement>(pressed)].flatMap((element) => {
        const box = element.getBoundingClientRect();
        if (!element.checkVisibility({ visibilityProperty: true }) || box.width === 0) return [];
        const least = element.matches(answers) ? answer : button;
        const low = box.height + slack < least;
        const out = box.left < -slack || box.right > innerWidth + slack;
        return low || out ? [`${Math.round(box.height)}px ${out ? "sticks out" : "low"}: ${element.outerHTML}`] : [];
      });
    },
    [ANSWER_PX_MIN, BUTTON_PX_MIN, SLACK_PX] as const,
  );
}

// Each screen is opened once, by turns in one language and the other, and then only dyed: a theme changes nothing but
// colours, and a language nothing but words, which other tests compare.
const inTurn = <Each>(all: Each[], turn: number, turns: number): Each[] => all.filter((_, at) => at % turns === turn);

test("no screen keeps anybody out in any theme", async ({ browser, city, first, second }) => {
  test.setTimeout(600_000);
  const tour = await Tour.prepare(browser, city, first, second);
  for (const [turn, locale] of LOCALES.entries()) {
    await tour.wear(LOOKS.find((look) => look.locale === locale)!);
    for (const { name, page, show } of inTurn(tour.screens, turn, LOCALES.length)) {
      await show();
      for (const theme of THEMES) {
        await page.evaluate((wanted) => (document.documentElement.dataset.theme = wanted), theme);
        await page.evaluate(stillness);
        const found = await serious(page, theme === THEMES[0] ? undefined : COLOURS);
        expect.soft(found, `${name} ${locale} ${theme}`).toEqual([]);
      }
    }
  }
  await tour.end();
});

test("no screen of the console keeps anybody out in either theme", async ({ browser, city, first }) => {
  test.setTimeout(600_000);
  const tour = await ConsoleTour.prepare(browser, city, first);
  for (const [turn, locale] of DESK_LOCALES.entries()) {
    await tour.wear(DESK_LOOKS.find((look) => look.locale === locale)!);
    for (const { name, page, show } of inTurn(tour.screens, turn, DESK_LOCALES.length)) {
      await show();
      for (const theme of DESK_THEMES) {
        await page.evaluate((dark) => document.documentElement.classList.toggle("dark", dark), theme === "dark");
        await page.evaluate(stillness);
        const found = await serious(page, theme === DESK_THEMES[0] ? undefined : COLOURS);
        expect.soft(found, `${name} ${locale} ${theme}`).toEqual([]);
      }
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
