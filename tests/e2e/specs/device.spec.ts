import { expect, test } from "../harness/test.js";

interface AppInfo {
  data_dir: string;
}

test("two devices share nothing", async ({ first, second }) => {
  const [one, other] = await Promise.all([first.invoke<AppInfo>("app_info"), second.invoke<AppInfo>("app_info")]);
  expect(one.data_dir).not.toEqual(other.data_dir);
});

test("the app opens on a phone and again after it was killed", async ({ first }) => {
  await expect(first.page).toHaveTitle("巡访");
  await expect(first.page.locator("#app")).not.toBeEmpty();
  await first.kill();
  await first.open();
  await expect(first.page.locator("#app")).not.toBeEmpty();
});
