// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const CONTRAST_MIN = 7;
const sheet = readFileSync(new URL("./themes.css", import.meta.url), "utf8");
const themes = [...sheet.matchAll(/\[data-theme="(\w+)"\] \{([^}]*)\}/g)].map(([, name, body]) => ({
  name: name!,
  colour: Object.fromEntries([...body!.matchAll(/--([\w-]+): (#\w{6})/g)].map(([, key, value]) => [key!, value!])),
}));

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

const pairs = [
  ...["ink", "ink-soft", "accent", "ok", "bad", "warn", "info", "mute"].flatMap((text) => [
    [text, "paper"],
    [text, "ground"],
  ]),
  ...["ok", "bad", "warn", "info", "mute"].flatMap((tone) => [
    [tone, `${tone}-tint`],
    ["ink", `${tone}-tint`],
    ["ink-soft", `${tone}-tint`],
    ["paper", tone],
  ]),
  ["on-accent", "accent"],
];

test("there are the three looks of the settings", () => {
  expect(themes.map((theme) => theme.name)).toEqual(["light", "dark", "outdoor"]);
});

test.each(themes)("every text of the $name look can be read in the sun", ({ colour }) => {
  const weak = pairs
    .map(([text, ground]) => ({ text, ground, ratio: contrast(colour[text!]!, colour[ground!]!) }))
    .filter(({ ratio }) => ratio < CONTRAST_MIN);
  expect(weak).toEqual([]);
});
