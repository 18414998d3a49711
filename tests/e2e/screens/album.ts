import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";

const FOLDER = fileURLToPath(new URL("../../../screens", import.meta.url));

/** Takes pictures of pages into a folder of this name, when everything on them has come. */
export function album(of: string) {
  return async (page: Page, name: string): Promise<void> => {
    await page.waitForLoadState("networkidle");
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `${FOLDER}/${of}/${name}.png`, animations: "disabled" });
  };
}
