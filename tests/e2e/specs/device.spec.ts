import { expect, test } from "../harness/test.js";

interface AppState {
  phase: string;
}

test("two devices share nothing", async ({ city, first, second }) => {
  const account = { login: "inspector1", password: "rounds-kunming", device_name: "巡访手机" };
  const signedIn = await first.invoke<AppState>("enrol", { server: city.address, ...account });
  expect(signedIn.phase).toBe("ready");
  const other = await second.invoke<AppState>("state");
  expect(other.phase).toBe("unenrolled");
});

test("the app opens on a phone and again after it was killed", async ({ first }) => {
  await expect(first.page).toHaveTitle("巡访");
  await expect(first.page.locator("#app")).not.toBeEmpty();
  await first.kill();
  await first.open();
  await expect(first.page.locator("#app")).not.toBeEmpty();
});
