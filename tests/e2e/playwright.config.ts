import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** The system's own browser; where there is none, the one Playwright may have installed. */
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export default defineConfig({
  testDir: "specs",
  outputDir: "output",
  timeout: 120_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  // Each test has a server and devices of its own; two cores carry one such set.
  workers: 1,
  reporter: [["list"], ["./harness/lastWords.ts"]],
  use: {
    // What cannot be pressed is said where it stands, before the whole test runs out of time.
    actionTimeout: 30_000,
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
      ],
    },
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});
