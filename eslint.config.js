import { defineConfig, globalIgnores } from "eslint/config";
import vue from "eslint-plugin-vue";
import prettier from "eslint-config-prettier";
import typescript from "typescript-eslint";

export default defineConfig(
  globalIgnores([
    "**/dist/",
    "**/generated/",
    "target/",
    "tests/e2e/output/",
    ".data/",
    "client/src-tauri/",
    "client/src/lib/bindings/",
  ]),
  typescript.configs.recommended,
  vue.configs["flat/recommended"],
  {
    files: ["**/*.vue"],
    languageOptions: { parserOptions: { parser: typescript.parser } },
  },
  {
    // The compiler knows the DOM; a second list of its names would only go stale.
    files: ["**/*.{ts,vue}"],
    rules: { "no-undef": "off" },
  },
  {
    // The app reaches the shell through one door, so the rest of it can be shown without a shell.
    files: ["client/src/**/*.{ts,vue}"],
    ignores: ["client/src/lib/platform/**"],
    rules: { "no-restricted-imports": ["error", { patterns: ["@tauri-apps/*"] }] },
  },
  prettier,
);
