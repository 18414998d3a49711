import { ConsoleTour, DESK_LOOKS, type DeskLook } from "../harness/consoleTour.js";
import { test } from "../harness/test.js";
import { album } from "./album.js";

const folder = ({ locale, theme, width }: DeskLook): string => `${locale}-${theme}-${width}px`;

test("the supervisors' console", async ({ browser, city, first }) => {
  const tour = await ConsoleTour.prepare(browser, city, first);
  const take = album("console");
  for (const look of DESK_LOOKS) {
    await tour.wear(look);
    for (const screen of tour.screens) {
      await screen.show();
      await take(screen.page, `${folder(look)}/${screen.name}`);
    }
  }
  await tour.end();
});
