import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Vant names a second copy of its icon font on an outside host; no page of ours names one. */
const ownHostOnly: Plugin = {
  name: "own-host-only",
  enforce: "pre",
  transform: {
    filter: { id: /vant.*\.css/ },
    handler: (code) => code.replaceAll(/,\s*url\(\/\/[^)]*\)\s*format\("\w+"\)/g, ""),
  },
};

export default defineConfig({
  plugins: [ownHostOnly, vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // What imports what: `make bench` adds up what a page needs by it.
  build: { manifest: true },
  test: { environment: "happy-dom" },
});
