import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the server; the built console is served by it. */
const SERVER = "http://localhost:8080";

/** Large libraries change seldom: apart from our code, the browser keeps them when the console is updated. */
const LIBRARIES = [
  { name: "charts", test: /node_modules\/(echarts|zrender)\// },
  { name: "element", test: /node_modules\/(element-plus|@element-plus|@popperjs|dayjs|lodash)/ },
  { name: "vue", test: /node_modules\/(@vue|vue|vue-router|vue-i18n|@intlify|pinia)\// },
];

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/v1": SERVER } },
  build: {
    // What imports what: `make bench` adds up what a page needs by it.
    manifest: true,
    // The page's policy allows files of this server only, so nothing may become a data: address.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { output: { codeSplitting: { groups: LIBRARIES } } },
  },
  define: { __VUE_I18N_LEGACY_API__: "false", __VUE_I18N_FULL_INSTALL__: "false" },
  test: { environment: "happy-dom" },
});
