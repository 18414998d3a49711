import { test } from "../harness/test.js";
import { LOOKS, SMALLEST, TABLET, Tour, type Look } from "../harness/tour.js";
import { album } from "./album.js";

const folder = ({ locale, theme, text, width }: Look): string => `${locale}-${theme}-${width}px-${text}`;

for (const [name, looks] of Object.entries({ themes: LOOKS, smallest: SMALLEST, tablet: [TABLET] })) {
  test(`the inspectors' app: ${name}`, async ({ browser, city, first, second }) => {
    const tour = await Tour.prepare(browser, city, first, second);
    const take = album("app");
    for (const look of looks) {
      await tour.wear(look);
      for (const screen of tour.screens) {
        await screen.show();
        await take(screen.page, `${folder(look)}/${screen.name}`);
      }
    }
    await tour.end();
  });
}
