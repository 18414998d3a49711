import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";

const FOLDER = fileURLToPath(new URL("../../../screens", import.meta.url));

const REST_MS_MAX = 3_000;

/** Takes pictures of pages into a folder of this name, when everything on them has come. */
export function album(of: string) {
  return async (page: Page, name: string): Promise<void> => {
    // A screen that is shown while it waits never comes to rest.
    await page.waitForLoadState("networkidle", { timeout: REST_MS_MAX }).catch(() => undefined);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `${FOLDER}/${of}/${name}.png`, animations: "disabled" });
  };
}
