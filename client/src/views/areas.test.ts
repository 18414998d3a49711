import { beforeEach, expect, test } from "vitest";
import zh from "@/locales/zh-CN.json";
import { AREA, assignmentCard, SITE } from "@/testing/samples";
import { find, openAt, saying, settle, tap, text, type } from "@/testing/screen";
import { installShell, type Shell } from "@/testing/shell";

let shell: Shell;
beforeEach(() => {
  shell = installShell();
  shell.on("areas", [AREA]);
  shell.on("sites", [{ ...SITE, area_row: AREA }]);
  shell.on("area", { area: AREA, sites: [SITE], assignments: [assignmentCard()], inspections: [] });
});

test("areas filter as one types, always with district and subdistrict", async () => {
  await openAt("/areas");
  await type("input[type=search]", "chxl");
  expect(shell.called("areas").at(-1)).toMatchObject({ query: "chxl" });
  expect(text()).toContain("五华区·华山街道");
  expect(text()).toContain(SITE.name);
});

test("an answer to an earlier letter never replaces a later one's", async () => {
  const waiting: ((rows: unknown) => void)[] = [];
  shell.on("areas", ({ query }: { query: string }) =>
    query === "c" ? new Promise((resolve) => waiting.push(resolve)) : [{ ...AREA, short: `${query}社区` }],
  );
  await openAt("/areas");
  await type("input[type=search]", "c");
  await type("input[type=search]", "ch");
  waiting.forEach((resolve) => resolve([{ ...AREA, short: "迟到社区" }]));
  await settle();
  expect(text()).toContain("ch社区");
  expect(text()).not.toContain("迟到社区");
});

test("an unplanned inspection starts at a site with the chosen checklist and kind", async () => {
  shell.on("open_unplanned", "i9");
  const { router } = await openAt(`/areas/${AREA.code}`);
  await tap(
    [...document.querySelectorAll<HTMLElement>(".van-cell")].find((cell) => cell.textContent?.includes(SITE.name))!,
  );
  expect(router.currentRoute.value.name).toBe("start");
  await tap(
    [...document.querySelectorAll<HTMLElement>(".van-cell")].find((cell) =>
      cell.textContent?.includes(zh.kind.recheck),
    )!,
  );
  await tap(saying(zh.start.begin));
  expect(shell.called("open_unplanned")).toEqual([
    { area: AREA.code, site: SITE.id, template: "walk", kind: "recheck" },
  ]);
  expect(router.currentRoute.value.path).toBe("/inspections/i9");
  expect(find(".failure")).not.toBeNull();
});
