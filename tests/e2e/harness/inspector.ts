import type { Locator, Page } from "@playwright/test";
import type { City } from "./city.js";
import { DEMO_PASSWORD } from "./console.js";
import type { Device } from "./device.js";

/** What a finding has besides its kind and its place in words. */
interface Seen {
  picture?: Buffer;
  /** Whether the phone's own position goes with it. */
  located?: boolean;
}

/** As long as a remark can be, at three bytes a character. */
const LONG_REMARK = "字".repeat(2_700);

/** An inspector with a device in the hand: everything by thumb, on the screens. */
export class Inspector {
  readonly page: Page;
  constructor(readonly device: Device) {
    this.page = device.page;
  }

  /** Signs in for the first time; today's screen is open then. */
  static async enrol(device: Device, city: City, login: string): Promise<Inspector> {
    const inspector = new Inspector(device);
    await inspector.signIn(city.address, login);
    await inspector.page.locator(".assignment").first().waitFor();
    return inspector;
  }

  async signIn(server: string, login: string): Promise<void> {
    await this.page.locator("input[name=server]").fill(server);
    await this.page.locator("input[name=login]").fill(login);
    await this.page.locator("input[name=password]").fill(DEMO_PASSWORD);
    await this.page.locator("[form=enrol]").tap();
    // Who is new on a phone is asked for a PIN; these tests are about something else.
    await this.page.locator("[data-later]").or(this.page.locator(".van-tabbar, .enrol .failure")).first().waitFor();
    const later = this.page.locator("[data-later]");
    if (await later.isVisible()) await later.tap();
  }

  /** Types a PIN with the thumb. */
  async typePin(digits: string): Promise<void> {
    for (const digit of digits) await this.page.locator(".van-key", { hasText: digit }).first().tap();
  }

  /** Opens an assignment of today by its place and goes to its first open item; returns the inspection's id. */
  async begin(place: string): Promise<string> {
    await this.page.locator(".assignment", { hasText: place }).first().tap();
    const id = await this.inspectionOnScreen();
    await this.page.locator(".go-on").tap();
    await this.item().waitFor();
    return id;
  }

  async inspectionOnScreen(): Promise<string> {
    await this.page.waitForURL(/#\/inspections\/[^/]+$/);
    return new URL(this.page.url()).hash.split("/")[2]!;
  }

  /** What is asked on the screen. */
  item(): Locator {
    return this.page.locator(".head .code");
  }

  /** Goes to an item by the list of all items. */
  async goTo(code: string): Promise<void> {
    await this.page.locator(".steps button").nth(1).tap();
    await this.page.locator(".jump .van-cell", { hasText: `${code} ` }).tap();
    await this.page.locator(".head .code", { hasText: code }).waitFor();
    await this.page.locator(".jump").waitFor({ state: "hidden" });
  }

  /** One tap on an answer; it is on disk when this returns. */
  async answer(code: string, value: string): Promise<void> {
    await this.goTo(code);
    await this.page.locator(`.pad [data-answer="${value}"]`).tap();
    await this.saved(code);
  }

  /** The line that says that the last tap is on disk. */
  async saved(code: string): Promise<void> {
    await this.page.locator(".undo [role=status]", { hasText: code }).waitFor();
  }

  async ratio(code: string, done: number, planned: number): Promise<void> {
    await this.goTo(code);
    await this.page.locator("[data-number=done] input").fill(String(done));
    await this.page.locator("[data-number=planned] input").fill(String(planned));
    await this.page.locator("[data-answer=ratio]").tap();
    await this.saved(code);
  }

  async standard(code: string, number: number): Promise<void> {
    await this.goTo(code);
    await this.page.locator(`[data-standard="${number}"]`).tap();
    await this.saved(code);
  }

  /** Answers that there is a problem and records it in the drawer that opens. */
  async addFinding(code: string, kind: string, place: string, { picture, located }: Seen = {}): Promise<void> {
    await this.goTo(code);
    await this.page.locator('.pad [data-answer="fail"]').tap();
    await this.drawer.locator(`[data-kind="${kind}"]`).tap();
    if (picture) {
      await this.takePhoto(this.drawer, picture);
      await this.drawer.locator("figure img").waitFor();
    }
    await this.drawer.locator("input[name=place]").fill(place);
    if (located) {
      await this.drawer.locator("[data-locate]").tap();
      await this.drawer.getByText("±").waitFor();
    }
    await this.drawer.locator("[data-save]").tap();
    await this.drawer.waitFor({ state: "hidden" });
  }

  /** Strikes the finding on the screen. */
  async strike(reason: string): Promise<void> {
    await this.page.locator(".finding .strike").tap();
    await this.page.locator("textarea[name=reason]").fill(reason);
    await this.page.locator("[data-strike]").tap();
    await this.page.locator(".finding.struck").waitFor();
  }

  /** Writes a remark on the item on the screen. */
  async remark(text: string): Promise<void> {
    await this.page.locator("[data-remark]").tap();
    await this.page.locator("textarea[name=remark]").fill(text);
    await this.page.locator("[data-add]").tap();
    await this.page.locator(".remark", { hasText: text }).waitFor();
  }

  /** Writes, past the screens, until the inspection has room for little more. */
  async fill(inspection: string): Promise<void> {
    const more = { inspection, item: null, text: LONG_REMARK };
    while (!(await this.device.invoke<{ nearly_full: boolean }>("remark_add", more)).nearly_full);
  }

  /** Submits although items are open. */
  async submit(inspection: string): Promise<void> {
    await this.open(`/inspections/${inspection}/submit`);
    await this.page.locator("[data-submit]").tap();
    await this.page.locator(".van-dialog__confirm").tap();
    await this.page.locator(".go-on").waitFor();
  }

  /** The drawer that a fail opens. */
  get drawer(): Locator {
    return this.page.locator(".finding-sheet");
  }

  /** Chooses a picture as the phone's camera would hand it over. */
  async takePhoto(within: Locator, picture: Buffer): Promise<void> {
    const camera = within.locator("[data-photo=camera] input[type=file]").first();
    await camera.setInputFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer: picture });
  }

  /** Draws a line over something with a finger, between two places given as parts of its width and height. */
  async stroke(over: Locator, from: [number, number], to: [number, number]): Promise<void> {
    // Where it is, is not asked before it stands still and nothing lies over it.
    await over.tap({ trial: true });
    const box = (await over.boundingBox())!;
    const at = ([x, y]: [number, number]) => [{ x: box.x + box.width * x, y: box.y + box.height * y }];
    const half: [number, number] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const screen = await this.page.context().newCDPSession(this.page);
    await screen.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(from) });
    for (const place of [half, to]) {
      await screen.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(place) });
    }
    await screen.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await screen.detach();
  }

  /** What the chip at the top says of the whole device. */
  get chip(): Locator {
    return this.page.locator(".chip").last();
  }

  async open(path: string): Promise<void> {
    await this.page.goto(`${new URL(this.page.url()).origin}/#${path}`);
  }

  async syncNow(): Promise<void> {
    await this.chip.tap();
    await this.page.locator("[data-retry]").tap();
  }

  /** Delivers, and waits until everything has its receipt. */
  async deliver(): Promise<void> {
    await this.syncNow();
    // The chip of somebody who has nothing to deliver says so before he has what is new.
    await this.device.invoke("sync_now");
    await this.page.locator(".chip.ok").last().waitFor();
  }
}
