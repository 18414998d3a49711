// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import en from "./en.json";
import zh from "./zh-CN.json";

const SRC = fileURLToPath(new URL("..", import.meta.url));
const CHINESE = /\p{Script=Han}/u;

function texts(tree: object, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "object" ? texts(value as object, `${path}${name}.`) : [[`${path}${name}`, String(value)]],
  );
}

function keys(tree: object): string[] {
  return texts(tree).map(([key]) => key);
}

/** The app's own files: what tests and test support say is nobody's screen. */
function shipped(): { file: string; code: string }[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(vue|ts)$/.test(file) && !file.endsWith(".test.ts") && !file.startsWith("testing"))
    .map((file) => ({ file, code: readFileSync(join(SRC, file), "utf8") }));
}

function withoutComments(code: string): string {
  return code
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");
}

test("every text exists in both languages", () => {
  expect(keys(en).sort()).toEqual(keys(zh).sort());
});

test("a text names the same things in both languages", () => {
  const named = (value: string) => (value.match(/\{\w+\}/g) ?? []).sort().join();
  const english = new Map(texts(en));
  const odd = texts(zh).filter(([key, value]) => named(value) !== named(english.get(key) ?? ""));
  expect(odd).toEqual([]);
});

test("no text stands outside the language files", () => {
  const odd = shipped().filter(({ code }) => CHINESE.test(withoutComments(code)));
  expect(odd.map(({ file }) => file)).toEqual([]);
});

test("Chinese texts use Chinese punctuation", () => {
  const odd = texts(zh).filter(([, value]) => /\p{Script=Han}[,;:?()!]|[,;:?()!]\p{Script=Han}/u.test(value));
  expect(odd).toEqual([]);
});

test("every text a screen asks for exists", () => {
  const known = new Set(keys(zh));
  const asked = shipped().flatMap(({ file, code }) =>
    [...code.matchAll(/\bt\(\s*"([\w.]+)"/g)].map(([, key]) => ({ file, key: key! })),
  );
  expect(asked.length).toBeGreaterThan(100);
  expect(asked.filter(({ key }) => !known.has(key))).toEqual([]);
});

/** The codes the shell can fail with. */
const FAILURES =
  `unreachable not_rounds_server server_key_changed wrong_password locked_out user_disabled device_unknown
  device_revoked device_erased session_expired role_not_allowed protocol_unsupported clock_wrong not_enrolled not_found value_invalid
  text_too_long reason_required photo_not_picture photo_too_large storage_full storage_failed template_missing template_withdrawn
  inspection_struck case_changed case_photo_required envelope_bad_signature envelope_foreign_actor envelope_malformed envelope_too_large held_role
  held_scope held_missing held_revoked held_domain other_person storage_in_use storage_newer internal bad_request too_large
  outside_scope photo_hash_mismatch upload_checksum upload_offset server_full photo_missing unknown`.split(/\s+/);

/** Why an envelope is held or refused, as the protocol names it. */
const reasons = readFileSync(join(SRC, "../../shared/src/protocol/reason.rs"), "utf8").matchAll(/=> "(\w+)"/g);
const CODES = [...FAILURES, ...[...reasons].map(([, code]) => code!)];

test.each([...new Set(CODES)])("%s has a sentence that also says what it means and what to do", (code) => {
  for (const sentence of [(zh.errors as Record<string, string>)[code], (en.errors as Record<string, string>)[code]]) {
    expect(sentence?.match(/[\u3002\uff1b.;]/g)?.length ?? 0).toBeGreaterThan(1);
  }
});
