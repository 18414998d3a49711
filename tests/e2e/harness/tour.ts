import { expect, type Browser, type Page } from "@playwright/test";
import { withOneMore } from "./checklist.js";
import type { City } from "./city.js";
import { Desk } from "./desk.js";
import { Device } from "./device.js";
import { Inspector } from "./inspector.js";
import { street } from "./pictures.js";

/** The demo city gives both inspectors this place today. */
const PLACE = "翠湖西路社区";
const AREA = "530102001001";
const NEIGHBOUR = "530102001002";
const PIN = "135790";

export const LOCALES = ["zh-CN", "en"] as const;
export const THEMES = ["light", "dark", "outdoor"] as const;

/** How somebody has set his screen. */
export interface Look {
  locale: (typeof LOCALES)[number];
  theme: (typeof THEMES)[number];
  /** Percent of the ordinary size. */
  text: number;
  width: number;
  height: number;
}

const PHONE = { text: 100, width: 390, height: 844 };

/** Both languages in the three themes. */
export const LOOKS: Look[] = LOCALES.flatMap((locale) => THEMES.map((theme) => ({ locale, theme, ...PHONE })));

/** The largest text on the smallest phone. */
export const SMALLEST: Look[] = LOCALES.map((locale) => ({
  ...{ locale, theme: "light", text: 200 },
  ...{ width: 360, height: 640 },
}));

export const TABLET: Look = { locale: "zh-CN", theme: "light", text: 100, width: 1024, height: 768 };

/** One thing that an inspector meets. */
export interface Screen {
  name: string;
  page: Page;
  show: () => Promise<unknown>;
}

/** Every screen and drawer of the inspectors' app, with something of everything on them. */
export class Tour {
  private constructor(
    private readonly li: Inspector,
    private readonly zhao: Inspector,
    private readonly stranger: Device,
    private readonly inspection: string,
    private readonly unplanned: { full: string; grown: string },
    private readonly cases: { toFix: string; toCheck: string },
    readonly screens: Screen[],
  ) {}

  /**
   * Two inspectors have worked, differed, and met their supervisor, in one visit that is full and one whose checklist has grown;
   * one of them has locked his phone since. A third phone belongs to nobody yet.
   */
  static async prepare(browser: Browser, city: City, first: Device, second: Device): Promise<Tour> {
    const li = await Inspector.enrol(first, city, "inspector1");
    const zhao = await Inspector.enrol(second, city, "inspector2");
    // Whoever knows what a colleague recorded does not differ from it by accident.
    await city.stop();
    const inspection = await zhao.begin(PLACE);
    await zhao.answer("SAN-05", "na");
    await li.begin(PLACE);
    for (const item of ["SAN-03", "SAN-05", "GRN-03"]) await li.answer(item, "pass");
    await li.answer("FAC-06", "4/5");
    await li.ratio("FAC-01", 47, 50);
    await li.standard("FAC-02", 2);
    await li.addFinding("SAN-01", "SAN-01-4", "3栋2单元门前", { picture: await street(browser), located: true });
    await zhao.addFinding("SAN-01", "SAN-01-4", "3栋楼道口", { located: true });
    await li.remark("物业已到场，答应今天清运");
    await li.submit(inspection);
    await city.open();
    for (const inspector of [zhao, li]) await inspector.deliver();
    await (await Desk.open(city)).sendBack(inspection, "SAN-03", "缺近景照片，请补拍后再次提交");
    await li.deliver();
    const [toFix, toCheck] = await cases(browser, city, inspection, zhao);
    const unplanned = await visits(city, li);
    await second.invoke("set_pin", { current: null, pin: PIN });
    await second.invoke("lock");
    const tour = new Tour(li, zhao, await Device.start(browser), inspection, unplanned, { toFix, toCheck }, []);
    tour.screens.push(...tour.list());
    return tour;
  }

  /** Sets every page as this person has it. */
  async wear({ locale, theme, text, width, height }: Look): Promise<void> {
    for (const page of [this.li.page, this.zhao.page, this.stranger.page]) {
      await page.setViewportSize({ width, height });
      await page.evaluate((settings) => localStorage.setItem("rounds.settings", JSON.stringify(settings)), {
        ...{ locale, theme, text_size: text },
      });
    }
  }

  async end(): Promise<void> {
    await this.stranger.end();
  }

  private list(): Screen[] {
    const { li, zhao, stranger } = this;
    const { page } = li;
    const screen = (name: string, show: Screen["show"]): Screen => ({ name, page, show });
    const at = (path: string) => async () => {
      // A screen that is left and entered again has no drawer open.
      await li.open(path);
      await page.reload();
      await page.locator(".screen-body").waitFor();
      // A picture that comes moves what is below it.
      await expect(page.locator(".van-loading")).toHaveCount(0);
    };
    const item = (code: string) => at(`/inspections/${this.inspection}/items/${code}`);
    const pressed = (show: Screen["show"], button: string) => async () => {
      await show();
      await page.locator(button).first().tap();
      await page.locator(".van-popup:visible").first().waitFor();
      await page.evaluate(stillness);
    };
    const locked = async () => {
      await zhao.open("/lock");
      await zhao.page.reload();
      await zhao.page.locator(".pin-pad").waitFor();
    };
    return [
      {
        name: "enrol",
        page: stranger.page,
        show: () => stranger.page.reload().then(() => stranger.page.locator(".enrol").waitFor()),
      },
      {
        name: "enrol-pin",
        page: stranger.page,
        show: async () => {
          await stranger.page.reload();
          for (const [name, value] of Object.entries({ server: "localhost", login: "li", password: "li" }))
            await stranger.page.locator(`input[name=${name}]`).fill(value);
          await stranger.page.locator("[form=enrol]").tap();
          await stranger.page.locator(".pin-pad").waitFor();
        },
      },
      { name: "lock", page: zhao.page, show: locked },
      {
        name: "recover",
        page: zhao.page,
        show: async () => {
          await locked();
          await zhao.page.locator(".pin-pad .below button").first().tap();
          await zhao.page.locator("[form=recover]").waitFor();
        },
      },
      screen("today", at("/")),
      screen("areas", at("/areas")),
      screen("areas-found", async () => {
        await at("/areas")();
        await page.locator("input[type=search]").fill("chx");
        await page.locator(".van-cell", { hasText: PLACE }).first().waitFor();
      }),
      screen("area", at(`/areas/${AREA}`)),
      screen("start", at(`/start/${AREA}`)),
      screen("overview", at(`/inspections/${this.inspection}`)),
      screen("overview-grown", at(`/inspections/${this.unplanned.grown}`)),
      screen("overview-full", at(`/inspections/${this.unplanned.full}`)),
      screen("continuation", async () => {
        await at(`/inspections/${this.unplanned.full}`)();
        await page.locator("[data-continue]").tap();
        await page.locator("[data-continues]").waitFor();
      }),
      screen("run-open", item("SAN-06")),
      screen("run-finding", item("SAN-01")),
      screen("run-returned", item("SAN-03")),
      screen("run-conflict", item("SAN-05")),
      screen("run-sample", item("FAC-06")),
      screen("run-ratio", item("FAC-01")),
      screen("run-graded", item("FAC-02")),
      screen("run-survey", item("GRN-14")),
      screen("run-help", pressed(item("SAN-01"), ".head .help")),
      screen("run-jump", pressed(item("SAN-01"), ".steps button:nth-child(2)")),
      screen("run-remark", pressed(item("SAN-01"), "[data-remark]")),
      screen("finding-new", pressed(item("SAN-01"), "[data-new-finding]")),
      screen("finding-asset", async () => {
        await pressed(item("FAC-10"), "[data-new-finding]")();
        await page.locator("[name=asset]").scrollIntoViewIfNeeded();
      }),
      screen("finding-edit", pressed(item("SAN-01"), ".finding .verbs button")),
      screen("finding-strike", pressed(item("SAN-01"), ".finding .strike")),
      screen("photo-draw", async () => {
        await pressed(item("SAN-01"), ".finding:has(.picture) .verbs button")();
        await page.locator("[data-draw]").first().tap();
        await page.locator("[data-ground] canvas").first().waitFor();
        await page.evaluate(stillness);
      }),
      screen("photo-large", pressed(item("SAN-01"), ".finding .picture")),
      screen("cases", at("/cases")),
      screen("case-fix", at(`/cases/${this.cases.toFix}`)),
      screen("case-give-back", pressed(at(`/cases/${this.cases.toFix}`), "[data-act=give_back]")),
      screen("case-check", at(`/cases/${this.cases.toCheck}`)),
      screen("case-fail", pressed(at(`/cases/${this.cases.toCheck}`), "[data-act=fail]")),
      screen("differences", at(`/inspections/${this.inspection}/differences`)),
      screen("remarks", at(`/inspections/${this.inspection}/remarks`)),
      screen("submit", at(`/inspections/${this.inspection}/submit`)),
      screen("submit-sure", pressed(at(`/inspections/${this.inspection}/submit`), "[data-submit]")),
      screen("submit-sign", pressed(at(`/inspections/${this.inspection}/submit`), "[data-sign]")),
      screen("sync", at("/sync")),
      screen("sync-exported", pressed(at("/sync"), "[data-export]")),
      screen("settings", at("/settings")),
      screen("settings-end", async () => {
        await at("/settings")();
        await page.locator("[data-log]").scrollIntoViewIfNeeded();
      }),
      screen("server", at("/server")),
      screen("enrol-again", at("/enrol")),
      screen("pin", at("/pin")),
    ];
  }
}

/** One case that 李明 has to put right, and one that 赵芸 has and he has to check. */
async function cases(
  browser: Browser,
  city: City,
  inspection: string,
  zhao: Inspector,
): Promise<[toFix: string, toCheck: string]> {
  const desk = await Desk.open(city);
  const [seen, heard] = (await desk.item(inspection, "SAN-01")).findings.sort((one) => (one.photos.length ? -1 : 1));
  const toCheck = await desk.dispatch(inspection, seen!.id, "赵芸", "李明");
  const toFix = await desk.dispatch(inspection, heard!.id, "李明", "赵芸");
  await zhao.deliver();
  await zhao.open(`/cases/${toCheck}`);
  await zhao.takePhoto(zhao.page.locator(".ways"), await street(browser));
  await zhao.page.locator("[data-act=fix]").tap();
  await zhao.page.locator("textarea[name=case-text]").fill("已清运，地面已冲洗");
  await zhao.page.locator("[data-case-say]").tap();
  await zhao.page.locator("[data-act=fix]").waitFor({ state: "detached" });
  await zhao.deliver();
  return [toFix, toCheck];
}

/** A visit that has room for little more, and one whose checklist has grown since. */
async function visits(city: City, li: Inspector): Promise<{ full: string; grown: string }> {
  const { device } = li;
  const begin = (area: string) =>
    device.invoke<string>("open_unplanned", { area, site: null, template: "sanitation", kind: "routine" });
  const [full, grown] = [await begin(AREA), await begin(NEIGHBOUR)];
  await device.invoke("answer", { inspection: grown, item: "SAN-05", value: "pass" });
  await li.fill(full);
  await city.stop();
  await city.edit("san", withOneMore);
  await city.open();
  await li.deliver();
  return { full, grown };
}

/** What opens has begun to move a frame later, and then stands. */
export async function stillness(): Promise<void> {
  await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
  // What turns while it loads turns for ever.
  const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map(({ finished }) => finished));
}
