import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { Program } from "./program.js";

/** The phone the app is made for. */
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
/** Drawers that slide would only be waited for. */
const STILL = { reducedMotion: "reduce" } as const;
const CUIHU = { latitude: 25.0473, longitude: 102.7046, accuracy: 12 };

/** One inspector's device: the app's own commands in a bridge, its screens in a browser the size of a phone. */
export class Device {
  readonly log: string[] = [];
  private constructor(
    private readonly dataDir: string,
    private readonly context: BrowserContext,
    readonly page: Page,
    private bridge: Program | undefined,
  ) {}

  static async start(browser: Browser): Promise<Device> {
    const dataDir = await mkdtemp(join(tmpdir(), "rounds-device-"));
    const context = await browser.newContext({
      ...PHONE,
      ...STILL,
      geolocation: CUIHU,
      permissions: ["geolocation", "camera"],
    });
    const device = new Device(dataDir, context, await context.newPage(), undefined);
    await device.open();
    return device;
  }

  /** Opens the app over what the device has kept. */
  async open(): Promise<void> {
    // The same address again, so the page finds its own settings.
    const before = this.bridge ? [new URL(this.bridge.address).host] : [];
    this.bridge = await Program.start("examples/bridge", before, { ROUNDS_APP_DATA: this.dataDir }, this.log);
    await this.page.goto(this.bridge.address);
  }

  /** Ends the app in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.bridge?.kill();
  }

  /** Asks the app's own commands, past the screens. */
  async invoke<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
    const response = await this.page.request.post(`${this.bridge?.address}/__ipc/${command}`, { data: args });
    const answer: unknown = await response.json();
    if (!response.ok()) throw new Error(`${command}: ${JSON.stringify(answer)}`);
    return answer as T;
  }

  async end(): Promise<void> {
    await this.context.close();
    await this.kill();
    await rm(this.dataDir, { recursive: true });
  }
}
