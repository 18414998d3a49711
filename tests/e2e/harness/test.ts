import { test as base, type TestInfo } from "@playwright/test";
import { City } from "./city.js";
import { Device } from "./device.js";

interface Parts {
  /** The demo city. */
  city: City;
  /** One inspector's phone. */
  first: Device;
  /** His colleague's. */
  second: Device;
}

/** A test with real parts of its own; what they said is attached when it fails. */
export const test = base.extend<Parts>({
  city: async ({}, use, info) => {
    const city = await City.demo();
    await use(city);
    await city.end();
    await keep(info, "city.log", city.log);
  },
  first: async ({ browser }, use, info) => {
    const device = await Device.start(browser);
    await use(device);
    await device.end();
    await keep(info, "first.log", device.log);
  },
  second: async ({ browser }, use, info) => {
    const device = await Device.start(browser);
    await use(device);
    await device.end();
    await keep(info, "second.log", device.log);
  },
});

export { expect } from "@playwright/test";

async function keep(info: TestInfo, name: string, log: string[]): Promise<void> {
  if (info.status !== info.expectedStatus) await info.attach(name, { body: log.join(""), contentType: "text/plain" });
}
