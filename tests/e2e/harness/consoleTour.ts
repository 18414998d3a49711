import { expect, type Browser, type BrowserContext, type Locator, type Page, type Route } from "@playwright/test";
import { City } from "./city.js";
import { DEMO_PASSWORD } from "./console.js";
import { Desk } from "./desk.js";
import type { Device } from "./device.js";
import { Inspector } from "./inspector.js";
import { street } from "./pictures.js";
import { stillness, type Screen } from "./tour.js";

/** Both inspectors have this place on their phones today. */
const PLACE = "翠湖西路社区";
const AREA = "530102001001";
/** The demonstration's visit that two inspectors made, each on his own phone. */
const MERGED = "威远街社区";

export const DESK_LOCALES = ["zh", "en"] as const;
export const DESK_THEMES = ["light", "dark"] as const;

export interface DeskLook {
  locale: (typeof DESK_LOCALES)[number];
  theme: (typeof DESK_THEMES)[number];
  width: number;
  height: number;
}

const LAPTOP = { width: 1280, height: 800 };
/** On a large screen nothing may float lost in space. */
const LARGE = { width: 1920, height: 1080 };

export const DESK_LOOKS: DeskLook[] = [
  ...DESK_LOCALES.flatMap((locale) => DESK_THEMES.map((theme) => ({ locale, theme, ...LAPTOP }))),
  { locale: "zh", theme: "light", ...LARGE },
];

/** A question of the console that never gets an answer, and one that gets a wrong one. */
const silent = (): Promise<void> => Promise.resolve();
const broken = (route: Route): Promise<void> => route.fulfill({ status: 500, json: { code: "internal", params: {} } });

/** Every screen of the console with its dialogs and its states, and something of everything on them. */
export class ConsoleTour {
  readonly screens: Screen[] = [];

  private constructor(
    private readonly city: City,
    private readonly empty: City,
    /** The administrator's desk, one whose computer draws no maps, and nobody's. */
    private readonly desk: Page,
    private readonly plain: Page,
    private readonly stranger: Page,
    private readonly merged: string,
    private readonly seen: string,
  ) {
    this.screens.push(...this.list());
  }

  static async prepare(browser: Browser, city: City, first: Device): Promise<ConsoleTour> {
    const seen = await happen(browser, city, first);
    const desk = await (await office(browser, city)).newPage();
    const blind = await office(browser, city);
    await blind.addInitScript(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
    const stranger = await (await browser.newContext({ viewport: LAPTOP })).newPage();
    const merged = await theMerged(city);
    return new ConsoleTour(city, await City.empty(), desk, await blind.newPage(), stranger, merged, seen);
  }

  /** Sets every page as this person has it; it counts from the next screen on. */
  async wear({ locale, theme, width, height }: DeskLook): Promise<void> {
    for (const page of [this.desk, this.plain, this.stranger]) {
      await page.setViewportSize({ width, height });
      for (const address of page === this.stranger ? [this.empty.address, this.city.address] : [this.city.address]) {
        await page.goto(address);
        await page.evaluate(
          ([language, look]) => {
            localStorage.setItem("rounds.language", language);
            localStorage.setItem("rounds.theme", look);
          },
          [locale, theme] as const,
        );
      }
    }
  }

  async end(): Promise<void> {
    for (const page of [this.desk, this.plain, this.stranger]) await page.context().close();
    await this.empty.end();
  }

  private list(): Screen[] {
    const { desk, plain, stranger } = this;
    const screen = (name: string, show: Screen["show"], page = desk): Screen => ({ name, page, show });
    /** A screen by its address, once this is on it. */
    const at =
      (path: string, loaded: string, page = desk) =>
      async () => {
        await page.unrouteAll({ behavior: "ignoreErrors" });
        await page.goto(`${this.city.address}/${path}`);
        await page.locator(loaded).first().waitFor();
      };
    /** What opens over a screen when this is pressed. */
    const pressed = (show: Screen["show"], button: (page: Page) => Locator) => async () => {
      await show();
      await button(desk).first().click();
      await desk.locator(OVER).filter({ visible: true }).first().waitFor();
      await desk.evaluate(stillness);
    };
    /** The same screen while the server says nothing, or fails. */
    const answered =
      (path: string, question: string, answer: (route: Route) => Promise<void>, sign: string) => async () => {
        await desk.unrouteAll({ behavior: "ignoreErrors" });
        await desk.route(`**/v1/${question}`, answer);
        await desk.goto(`${this.city.address}/${path}`);
        await desk.locator(sign).first().waitFor();
      };
    const review = (id: string) => at(`review/${id}`, "[data-item]");
    const overview = at("overview", "[data-drawn]");
    const assignments = at("assignments", "tbody tr");
    const first = (selector: string) => (page: Page) => page.locator(selector);
    return [
      screen(
        "sign-in",
        () => stranger.goto(`${this.city.address}/sign-in`).then(() => stranger.locator("form").waitFor()),
        stranger,
      ),
      screen(
        "sign-in-wrong",
        async () => {
          await stranger.goto(`${this.city.address}/sign-in`);
          await stranger.locator("input").first().fill("nobody");
          await stranger.locator("input").nth(1).fill("nothing");
          await stranger.locator("button[type=submit]").click();
          await stranger.getByRole("alert").waitFor();
        },
        stranger,
      ),
      screen("setup", () => stranger.goto(this.empty.address).then(() => stranger.locator("form").waitFor()), stranger),
      screen("overview", overview),
      screen("overview-district", at("overview?area=530102", "[data-drawn]")),
      screen("overview-without-map", at("overview", ".places", plain), plain),
      screen("overview-loading", answered("overview", "overview*", silent, ".el-skeleton")),
      screen("overview-failed", answered("overview", "overview*", broken, ".notice")),
      screen("theme-menu", pressed(overview, first(".bar .el-dropdown button"))),
      screen("user-menu", pressed(overview, first(".user"))),
      screen("password", async () => {
        await pressed(overview, first(".user"))();
        await desk.locator(".el-dropdown-menu__item:visible").first().click();
        await desk.locator(".el-dialog:visible").waitFor();
        await desk.evaluate(stillness);
      }),
      screen("review", review(this.merged)),
      screen("review-finding", review(this.seen)),
      screen("review-none", at("review?query=zzzz", ".empty")),
      screen("review-loading", answered(`review/${this.merged}`, "inspections/*", silent, ".el-skeleton")),
      screen("review-failed", answered(`review/${this.merged}`, "inspections/*", broken, ".notice")),
      screen("review-keys", pressed(review(this.merged), first("[data-keys]"))),
      screen("review-approve", pressed(review(this.merged), first("[data-approve]"))),
      screen("review-return", async () => {
        await review(this.merged)();
        await desk.locator("[data-item] .el-checkbox").first().click();
        await desk.locator("[data-return]").click();
        await desk.locator(".el-dialog:visible").waitFor();
        await desk.evaluate(stillness);
      }),
      screen("review-comment", pressed(review(this.merged), first("[data-comment]"))),
      screen("review-places", async () => {
        await review(this.merged)();
        await desk.locator("[data-places]").click();
        await desk.locator("[data-drawn]").waitFor();
      }),
      screen("review-photos", pressed(review(this.merged), first(".opinion .frame"))),
      screen("review-compare", async () => {
        await review(this.seen)();
        await desk.locator('[data-item="SAN-01"] .head').click();
        await desk.locator(".finding .frame").first().click();
        await desk.locator("[data-compare]").click();
        await desk.locator(".viewer figure").nth(1).waitFor();
        await desk.evaluate(stillness);
      }),

      screen(
        "review-bulk",
        pressed(async () => {
          await at(`review/${this.merged}?state=reviewing`, "[data-item]")();
          await desk.locator("[data-pick-all]").click();
        }, first("[data-approve-many]")),
      ),
      screen("history", at(`history/${this.merged}`, "[data-difference], .empty")),
      screen("history-device", async () => {
        await at(`history/${this.merged}`, "[data-moment]")();
        await desk.locator(".choice .el-radio-button").nth(1).click();
        await desk.locator(".choice .device").waitFor();
        await desk.locator("[data-item]").first().waitFor();
      }),
      screen("conflicts", at("conflicts", "article[data-item]")),
      screen("conflicts-open", async () => {
        await at("conflicts", "article[data-item]")();
        await desk.locator("article .row").first().click();
        await desk.locator("article .opinion").first().waitFor();
      }),
      screen(
        "conflicts-many",
        pressed(async () => {
          await at("conflicts", "article[data-item]")();
          for (const row of (await desk.locator("article .pick").all()).slice(0, 2)) await row.click();
        }, first(".bulk .el-button--primary")),
      ),
      screen("conflicts-none", at("conflicts?area=530129", ".empty")),
      screen("held", at("held", "tbody tr")),
      screen("held-rule", pressed(at("held", "tbody tr"), first(".verbs button"))),
      screen("held-none", at("held?state=dismissed", ".empty")),
      screen("cases", at("cases", "tbody tr")),
      screen("cases-none", at("cases?state=withdrawn", ".empty")),
      screen("case", pressed(at("cases", "tbody tr"), first("tbody .el-button"))),
      ...["case-hand-over", "case-extend", "case-withdraw"].map((name, verb) =>
        screen(name, async () => {
          await pressed(at("cases", "tbody tr"), first("tbody .el-button"))();
          await desk.locator(".case-drawer .verbs .el-button").nth(verb).click();
          await desk.locator(".el-dialog:visible").waitFor();
          await desk.evaluate(stillness);
        }),
      ),
      screen("assignments", assignments),
      screen("assignments-calendar", at("assignments?view=calendar", "[data-day]")),
      screen("assignments-none", at("assignments?area=530129", ".empty")),
      screen("assignment-new", pressed(assignments, first(".filter-bar .el-button--primary"))),
      screen(
        "assignment-plan",
        pressed(assignments, (page) => page.getByRole("button", { name: /批量安排|Plan/ })),
      ),
      screen("templates", at("templates/sanitation/1", ".preview tbody tr")),
      screen("areas", at("areas", ".el-tree-node")),
      screen("area", at(`areas/${AREA}`, "tbody tr")),
      screen("area-found", async () => {
        await at("areas", ".el-tree-node")();
        await desk.locator(".side input").fill("chx");
        await desk.locator(".found li").first().waitFor();
      }),
      screen("site-new", pressed(at(`areas/${AREA}`, "tbody tr"), first(".sites-head .el-button--primary"))),
      screen("devices", at("devices", "tbody tr")),
      screen("device-revoke", pressed(at("devices", "tbody tr"), first("tbody tr .el-button"))),
      screen("people", at("people", "tbody tr")),
      screen("person-new", pressed(at("people", "tbody tr"), first(".filter-bar .el-button--primary"))),
      screen("people-none", at("people?query=zzzz", ".empty")),
      screen("audit", at("audit", "tbody tr")),
      screen("export-menu", pressed(at("audit", "tbody tr"), first(".filter-bar .el-dropdown button"))),
    ];
  }
}

/** What lies over a screen. */
const OVER = ".el-dialog, .el-drawer, .el-popper, .viewer, .el-image-viewer__wrapper";

async function office(browser: Browser, city: City): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: LAPTOP, reducedMotion: "reduce" });
  const response = await context.request.post(`${city.address}/v1/session`, {
    headers: { "x-rounds": "1" },
    data: { login: "admin", password: DEMO_PASSWORD },
  });
  expect(response.ok()).toBe(true);
  return context;
}

/**
 * An inspector has sent a finding with photos, was approved, has sent more since, and then lost his phone, which delivers
 * what it still held.
 */
async function happen(browser: Browser, city: City, first: Device): Promise<string> {
  const li = await Inspector.enrol(first, city, "inspector1");
  const seen = await li.begin(PLACE);
  const picture = await street(browser);
  await li.addFinding("SAN-01", "SAN-01-4", "3栋2单元门前", { picture, located: true });
  await li.takePhoto(li.page.locator(".screen-body"), picture);
  await li.answer("SAN-03", "pass");
  await li.remark("物业已到场，答应今天清运");
  await li.submit(seen);
  await li.deliver();
  const desk = await Desk.open(city, "admin");
  const [finding] = (await desk.item(seen, "SAN-01")).findings;
  await desk.dispatch(seen, finding!.id, "赵芸", "李明");
  await desk.approve(seen);
  await li.open(`/inspections/${seen}/items/SAN-09`);
  await li.answer("SAN-09", "pass");
  await li.deliver();
  await city.stop();
  await li.open(`/inspections/${seen}/items/SAN-05`);
  await li.addFinding("SAN-05", "SAN-05-1", "5栋东侧花坛");
  await first.kill();
  await city.open();
  await (await Desk.open(city, "admin")).revoke("李明", "手机遗失");
  await first.open();
  await li.open(`/inspections/${seen}/items/SAN-09`);
  await li.syncNow();
  await expect(li.chip).toContainText("待审定");
  return seen;
}

async function theMerged(city: City): Promise<string> {
  const found = await (await Desk.open(city)).find(MERGED);
  if (!found) throw new Error(`the demonstration has no inspection of ${MERGED}`);
  return found;
}
