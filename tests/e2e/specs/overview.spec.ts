import { signIn } from "../harness/console.js";
import { expect, test } from "../harness/test.js";

test.use({ viewport: { width: 1280, height: 800 } });

test("the map is drawn from the city's own outlines and asks nobody else", async ({ city, page }) => {
  const foreign: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== city.address) foreign.push(request.url());
  });
  const refused: string[] = [];
  page.on("console", (message) => message.text().includes("Content Security Policy") && refused.push(message.text()));
  await signIn(page, city.address, "supervisor");
  await expect(page.locator("[data-drawn]")).toBeVisible();
  await expect(page.getByText(/近 7 日问题位置（[1-9]\d*）/)).toBeVisible();

  const before = await page.locator(".maplibregl-map").screenshot();
  await page.locator("label").filter({ hasText: "平均得分" }).click();
  await expect.poll(async () => (await page.locator(".maplibregl-map").screenshot()).equals(before)).toBe(false);
  await page.getByRole("button", { name: "五华区" }).click();
  await expect(page).toHaveURL(/area=530102&figure=score/);
  await expect(page.locator("[data-drawn]")).toBeVisible();
  expect(foreign).toEqual([]);
  expect(refused).toEqual([]);
});

test("a browser that draws no maps lists the places by their coordinates", async ({ city, page }) => {
  await page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await signIn(page, city.address, "supervisor");
  await expect(page.getByText("此浏览器不支持绘制地图")).toBeVisible();
  const [first] = await page.locator(".places tbody tr").all();
  await expect(first!).toContainText(/\d+\.\d{5}, \d+\.\d{5}/);
  expect(
    asked.filter((url) => /MapCanvas|worker/.test(url)),
    "what cannot be used is not loaded",
  ).toEqual([]);
  await first!.getByRole("link").click();
  await page.locator("[data-places]").click();
  await expect(page.getByLabel("问题位置", { exact: true })).toContainText(/\d+\.\d{5}, \d+\.\d{5}/);
});

test("a screen says that it waits, what went wrong, and comes when it is asked again", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await page.route("**/v1/overview*", () => new Promise(() => {}));
  await page.reload();
  await expect(page.locator(".el-skeleton").first()).toBeVisible();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.route("**/v1/overview*", (route) =>
    route.fulfill({ status: 500, json: { code: "internal", params: {} } }),
  );
  await page.reload();
  await expect(page.getByRole("alert")).toContainText("请稍后重试");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.getByRole("button", { name: "重试" }).click();
  await expect(page.getByText("各区县情况")).toBeVisible();
});

test("the theme follows the system until somebody chooses, and is remembered", async ({ city, page }) => {
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const LIGHT = "rgb(243, 245, 248)";
  const DARK = "rgb(16, 22, 30)";
  await page.emulateMedia({ colorScheme: "dark" });
  await signIn(page, city.address, "supervisor");
  await expect.poll(paper).toBe(DARK);
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(paper).toBe(LIGHT);
  await page.getByRole("button", { name: "外观" }).click();
  await page.getByRole("menuitem", { name: "深色" }).click();
  await expect.poll(paper).toBe(DARK);
  await page.reload();
  await expect.poll(paper).toBe(DARK);
});

/** What sign-in and the frame around every screen may weigh, compressed: charts and maps come when they are needed. */
const FIRST_KIB_MAX = 400;

test("the first page is small", async ({ city, page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(`${city.address}/sign-in`);
  await expect(page.getByRole("button", { name: "登录" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(bytes).toBeGreaterThan(0);
  expect(bytes / 1024).toBeLessThanOrEqual(FIRST_KIB_MAX);
});
