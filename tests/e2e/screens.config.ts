import { defineConfig } from "@playwright/test";
import base from "./playwright.config.js";

/** `make screens`: pictures of every screen into /screens, for people to look at. A file of `screens` an app. */
export default defineConfig(base, { testDir: "screens", timeout: 1_800_000 });
