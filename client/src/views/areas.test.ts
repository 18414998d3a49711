import { beforeEach, expect, test, vi } from "vitest";
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

test("a site that was found leads to itself, and begins there", async () => {
  const other = { ...SITE, id: "530102001004-2", name: "翠湖南路小区" };
  shell.on("area", { area: AREA, sites: [other, SITE], assignments: [], inspections: [] });
  const scrolled = vi.spyOn(Element.prototype, "scrollIntoView").mockImplementation(() => undefined);
  const { router } = await openAt("/areas");
  await type("input[type=search]", "翠湖");
  await tap(saying(SITE.name));
  expect(router.currentRoute.value.name).toBe("area");
  expect(find("[aria-current]")?.textContent).toContain(SITE.name);
  expect(scrolled.mock.contexts).toEqual([find("[aria-current]")]);
  await tap(".screen-actions a, .screen-actions button");
  expect(router.currentRoute.value).toMatchObject({ name: "start", params: { area: AREA.code, site: SITE.id } });
  await tap(".screen-bar .back");
  await settle();
  expect(find("[aria-current]")?.textContent, "and back to it").toContain(SITE.name);
  scrolled.mockRestore();
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
