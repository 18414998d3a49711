import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import en from "./en.json";
import zh from "./zh.json";

const SOURCE = join(import.meta.dirname, "..");

function texts(tree: object, path = ""): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "object"
      ? texts(value, `${path}${name}.`)
      : [[`${path}${name}`, String(value)] as [string, string]],
  );
}

const keys = (tree: object) => texts(tree).map(([key]) => key);
const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) => /\.(vue|ts)$/.test(file));
const sources = files
  .filter((file) => !file.endsWith(".test.ts"))
  .map((file) => ({ file, text: readFileSync(join(SOURCE, file), "utf8") }));

test("every text exists in both languages", () => {
  expect(keys(en).sort()).toEqual(keys(zh).sort());
});

test("no text is empty", () => {
  const empty = [...texts(zh), ...texts(en)].filter(([, text]) => !text.trim());
  expect(empty).toEqual([]);
});

test("both languages fill in the same parameters", () => {
  const parameters = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  const english = new Map(texts(en));
  const differing = texts(zh).filter(
    ([key, text]) => parameters(text).join() !== parameters(english.get(key) ?? "").join(),
  );
  expect(differing).toEqual([]);
});

test("no component writes Chinese itself", () => {
  const chinese = /[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]/;
  const uncommented = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|<!--[\s\S]*?-->/g, "");
  const offending = sources.filter(({ file, text }) => file.endsWith(".vue") && chinese.test(uncommented(text)));
  expect(offending.map(({ file }) => file)).toEqual([]);
});

test("every text a component names exists", () => {
  const known = new Set(keys(zh));
  const named = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/\bt\(\s*(?:[\w.!=> &|()]+\?\s*)?["']([\w.]+)["'](?:\s*:\s*["']([\w.]+)["'])?/g)].flatMap(
      ([, first, second]) => [first, second].filter((key) => key !== undefined).map((key) => `${file}: ${key}`),
    ),
  );
  expect(named.length, "the pattern still finds the calls").toBeGreaterThan(200);
  expect(named.filter((each) => !known.has(each.split(": ")[1] ?? ""))).toEqual([]);
});

test("every text is used", () => {
  // Codes that come from the server, and families named with a computed last part.
  const families = [
    ...sources.flatMap(({ text }) => [...text.matchAll(/["'`]([\w.]+\.)\$\{/g)].map(([, family]) => family)),
  ];
  const all = sources.map(({ text }) => text).join("\n");
  // The server's exports and the templates of imports take their words from here, too.
  families.push("export.column.", "export.list.", "import.example.");
  const served = ["export.yes", "export.no"];
  const unused = keys(zh).filter((key) => {
    const whole = key.replace(/\.\d+$/, "");
    return (
      !served.includes(whole) &&
      !all.includes(`"${whole}"`) &&
      !all.includes(`'${whole}'`) &&
      !families.some((family) => whole.startsWith(family ?? key))
    );
  });
  expect(unused).toEqual([]);
});
