import { item, signIn } from "../harness/console.js";
import { Desk } from "../harness/desk.js";
import { Inspector } from "../harness/inspector.js";
import { expect, test } from "../harness/test.js";

/** The demo city gives both inspectors this place today. */
const PLACE = "翠湖西路社区";
const DELIVERED = "已送达";

test("two inspectors without a connection make one inspection, and what they differ on is decided", async ({
  city,
  first,
  second,
}) => {
  const [li, zhao] = await Promise.all([
    Inspector.enrol(first, city, "inspector1"),
    Inspector.enrol(second, city, "inspector2"),
  ]);
  await city.stop();
  const inspection = await li.begin(PLACE);
  expect(await zhao.begin(PLACE), "both opened the same inspection, each on his own").toBe(inspection);
  await li.answer("SAN-03", "pass");
  await li.answer("SAN-05", "pass");
  await zhao.answer("SAN-04", "na");
  await zhao.answer("SAN-05", "na");
  await expect(li.chip).toContainText("待上传");

  await city.open();
  await li.syncNow();
  await expect(li.chip).toContainText(DELIVERED);
  await zhao.syncNow();
  await expect(zhao.chip).toContainText(DELIVERED);

  for (const [inspector, ownName, otherName] of [
    [li, "李明（我）", "赵芸"],
    [zhao, "赵芸（我）", "李明"],
  ] as const) {
    await inspector.open(`/inspections/${inspection}/differences`);
    const difference = inspector.page.locator("article", { hasText: "SAN-05" });
    const values = difference.locator(".conflict li");
    await expect(values).toHaveCount(2);
    await expect(values.filter({ hasText: ownName })).toHaveCount(1);
    await expect(values.filter({ hasText: otherName })).toHaveCount(1);
    await expect(values.filter({ hasText: "李明" })).toContainText("无问题");
    await expect(values.filter({ hasText: "赵芸" })).toContainText("不适用");
  }

  const desk = await Desk.open(city);
  const { answer } = await desk.item(inspection, "SAN-05");
  expect(answer.state).toBe("conflict");
  const recorded = answer.values.map(({ by, value }) => `${by.name} ${value}`);
  expect(recorded.toSorted()).toEqual(["李明 pass", "赵芸 na"]);
  expect((await desk.item(inspection, "SAN-03")).answer.value, "one's own items are merged").toBe("pass");
  expect((await desk.item(inspection, "SAN-04")).answer.value).toBe("na");

  await desk.decide(inspection, "SAN-05", "pass", "照片可见地面干净");
  for (const inspector of [li, zhao]) {
    const decided = inspector.page.locator(".decided");
    await expect(decided).toContainText("已核定：无问题");
    await expect(decided).toContainText("照片可见地面干净");
    await expect(decided, "nobody's value disappears").toContainText("赵芸");
  }
});

test("whatever was tapped survives the app, and arrives with its photos", async ({ city, first }) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const { page } = first;
  await city.stop();
  const inspection = await li.begin(PLACE);
  await li.answer("FAC-04", "pass");
  await li.answer("FAC-06", "4/5");
  await li.ratio("FAC-01", 47, 50);
  await li.standard("FAC-02", 2);

  await li.goTo("SAN-01");
  await page.locator('.pad [data-answer="fail"]').tap();
  await li.drawer.locator('[data-kind="SAN-01-4"]').tap();
  await li.takePhoto(li.drawer, await page.screenshot({ type: "jpeg" }));
  await expect(li.drawer.locator("figure img")).toBeVisible();
  await li.drawer.locator("input[name=place]").fill("3栋2单元门前");
  await li.drawer.locator("[data-locate]").tap();
  await expect(li.drawer).toContainText("精度 ±12 米");
  await li.drawer.locator(".van-switch").tap();
  await li.drawer.locator("[data-save]").tap();
  await expect(li.drawer).toBeHidden();
  await li.addFinding("SAN-02", "SAN-02-1", "院墙");
  await li.strike("拍错了地方");
  await li.remark("物业已到场");

  await first.kill();
  await first.open();
  await li.open(`/inspections/${inspection}/items/SAN-01`);
  await expect(page.locator('.pad [data-answer="fail"]')).toHaveAttribute("aria-pressed", "true");
  const finding = page.locator(".finding");
  for (const words of ["3栋2单元门前", "±12 米", "当场处置"]) await expect(finding).toContainText(words);
  await expect(finding.locator("figure img")).toBeVisible();
  await li.goTo("FAC-04");
  await expect(page.locator('.pad [data-answer="pass"]')).toHaveAttribute("aria-pressed", "true");
  await li.goTo("FAC-06");
  await expect(page.locator('.pad [data-answer="4/5"]')).toHaveAttribute("aria-pressed", "true");
  await li.goTo("FAC-01");
  await expect(page.locator("[data-number=done] input")).toHaveValue("47");
  await li.goTo("FAC-02");
  await expect(page.locator('[data-standard="2"]')).toHaveAttribute("aria-checked", "true");
  await li.goTo("SAN-02");
  await expect(finding).toContainText("作废原因：拍错了地方");
  await expect(page.locator(".remark")).toContainText("物业已到场");

  await li.submit(inspection);
  await expect(li.chip).toContainText("待上传");
  await city.open();
  await li.syncNow();
  await expect(li.chip).toContainText(DELIVERED);

  const desk = await Desk.open(city);
  expect((await desk.inspection(inspection)).row.state, "his colleague has not submitted yet").toBe("submitted");
  for (const [code, value] of [
    ["FAC-04", "pass"],
    ["FAC-06", "4/5"],
    ["FAC-01", "47/50"],
    ["FAC-02", "2/3"],
    ["SAN-01", "fail"],
  ] as const) {
    expect((await desk.item(inspection, code)).answer.value, code).toBe(value);
  }
  const [found] = (await desk.item(inspection, "SAN-01")).findings;
  expect(found).toMatchObject({ kind: "SAN-01-4", place: "3栋2单元门前", fixed_on_spot: true, struck: null });
  const [photo] = found!.photos;
  expect(photo?.delivered).toBe(true);
  const bytes = await desk.photo(photo!.hash);
  expect(bytes.subarray(0, 2).toString("hex"), "a JPEG arrived").toBe("ffd8");
  const [struck] = (await desk.item(inspection, "SAN-02")).findings;
  expect(struck?.struck?.reason).toBe("拍错了地方");
});

test("the rest of a section passes by one tap, is taken back by one, and the reviewer sees how it came about", async ({
  city,
  first,
  page: console,
}) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const { page } = first;
  const inspection = await li.begin(PLACE);
  await li.answer("SAN-03", "na");
  await li.goTo("SAN-05");
  await page.locator("[data-rest]").tap();
  await expect(page.locator(".undo")).toContainText("环境卫生其余");
  await page.locator("[data-undo]").tap();
  await expect(li.item()).toHaveText("SAN-05");
  await expect(page.locator('.pad [data-answer="pass"]')).toHaveAttribute("aria-pressed", "false");
  await page.locator("[data-rest]").tap();
  await expect(page.locator(".undo")).toContainText("环境卫生其余");
  await li.deliver();
  const desk = await Desk.open(city);
  const recorded = async (code: string) => {
    const { answer } = await desk.item(inspection, code);
    return answer.values.map(({ value, how }) => `${value} ${how}`);
  };
  expect(await recorded("SAN-05")).toEqual(["pass rest"]);
  expect(await recorded("SAN-03"), "what was answered stays").toEqual(["na tap"]);
  expect(await recorded("SAN-06"), "what must be counted stays open").toEqual([]);

  await signIn(console, city.address, "supervisor");
  await console.getByRole("navigation").waitFor();
  await console.goto(`${city.address}/review/${inspection}`);
  await expect(item(console, "SAN-05")).toContainText("本组其余合格");
  await expect(item(console, "SAN-03")).not.toContainText("本组其余合格");
});

test("what two inspectors saw at one place is proposed for joining, and one of them joins it", async ({
  city,
  first,
  second,
}) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const zhao = await Inspector.enrol(second, city, "inspector2");
  const inspection = await li.begin(PLACE);
  await zhao.begin(PLACE);
  await li.addFinding("SAN-01", "SAN-01-4", "3栋2单元门前", { located: true });
  const picture = await second.page.screenshot({ type: "jpeg" });
  await zhao.addFinding("SAN-01", "SAN-01-4", "3栋楼道口", { picture, located: true });
  for (const inspector of [li, zhao]) await inspector.deliver();
  await zhao.open(`/inspections/${inspection}/items/SAN-01`);
  const proposed = second.page.locator(".same");
  await expect(proposed).toContainText("可能是同一处");
  await second.page.locator("[data-join]").tap();
  await expect(proposed).toBeHidden();
  await zhao.deliver();
  const { findings } = await (await Desk.open(city)).item(inspection, "SAN-01");
  const live = findings.filter(({ struck }) => struck === null);
  expect(live).toMatchObject([{ photos: [{ delivered: true }] }]);
  expect(findings.find(({ struck }) => struck)?.struck?.reason).toContain("同一处");
});

test("an enlarged photo says where, when and by whom, unless that is switched off", async ({ city, first }) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const { page } = first;
  const inspection = await li.begin(PLACE);
  await li.addFinding("SAN-01", "SAN-01-4", "3栋2单元门前", { picture: await page.screenshot({ type: "jpeg" }) });
  const kept = await footOfPhoto(li, inspection);
  await li.open("/settings");
  await page.getByRole("switch", { name: "照片水印" }).tap();
  const plain = await footOfPhoto(li, inspection);
  expect(kept.size, "the copy is as large as the photo").toEqual(plain.size);
  expect(plain.light - kept.light, "a dark band with words lies over its foot").toBeGreaterThan(60);
});

test("a phone that cannot connect any more hands over a file, and the desk has everything", async ({ city, first }) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const { page } = first;
  const inspection = await li.begin(PLACE);
  await city.stop();
  await li.addFinding("SAN-01", "SAN-01-4", "3栋2单元门前", {
    picture: await page.screenshot({ type: "jpeg" }),
  });
  await li.open("/sync");
  await page.locator("[data-export]").tap();
  const said = page.locator(".exported .van-dialog__message");
  await expect(said).toContainText("照片 1 张");
  const file = (await said.textContent())!.split("\n")[0]!;
  expect(await city.import(file)).toContain("照片：收下 1");
  await city.open();
  const [finding] = (await (await Desk.open(city)).item(inspection, "SAN-01")).findings;
  expect(finding).toMatchObject({ place: "3栋2单元门前", photos: [{ delivered: true }] });
});

test("what is sent back says why, first thing today", async ({ city, first }) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const inspection = await li.begin(PLACE);
  await li.answer("SAN-03", "pass");
  await li.submit(inspection);
  await li.syncNow();
  await expect(li.chip).toContainText(DELIVERED);
  const desk = await Desk.open(city);
  await desk.sendBack(inspection, "SAN-03", "缺近景照片");
  await li.open("/");
  const returned = first.page.locator(".inspection", { hasText: PLACE });
  await expect(returned).toContainText("退回补正");
  await expect(returned).toContainText("SAN-03 缺近景照片");
  await li.open(`/inspections/${inspection}/items/SAN-03`);
  await expect(first.page.locator(".banner.bad")).toContainText("缺近景照片");
});

test("an inspection nobody planned begins from the initials of its place", async ({ city, first }) => {
  const li = await Inspector.enrol(first, city, "inspector1");
  const { page } = first;
  await page.locator(".unplanned").tap();
  await page.locator("input[type=search]").fill("chxlsq");
  await page.locator(".van-cell", { hasText: PLACE }).first().tap();
  await page.locator(".screen-actions .van-button").tap();
  await page.locator(".van-cell", { hasText: "环境卫生专项检查" }).tap();
  await page.locator(".screen-actions .van-button").tap();
  const inspection = await li.inspectionOnScreen();
  await page.locator(".go-on").tap();
  await li.answer("SAN-03", "pass");
  await li.syncNow();
  await expect(li.chip).toContainText(DELIVERED);
  const desk = await Desk.open(city);
  expect((await desk.item(inspection, "SAN-03")).answer.value).toBe("pass");
});

test("the app speaks English, and still does the next time", async ({ city, first }) => {
  const { page } = first;
  await page.locator(".language").tap();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  const li = await Inspector.enrol(first, city, "inspector1");
  await li.begin(PLACE);
  await expect(page.locator(".pad")).toContainText("No finding");
  await first.kill();
  await first.open();
  await expect(page.locator(".app-tabs")).toContainText("Today");
});

test("a wrong address gets its sentence, and the right one then works", async ({ city, first, second }) => {
  const li = new Inspector(first);
  const failure = first.page.locator(".failure");
  await li.signIn(new URL(second.page.url()).origin, "inspector1");
  await expect(failure).toContainText("这个地址不是巡访服务器");
  await city.stop();
  await li.signIn(city.address, "inspector1");
  await expect(failure).toContainText("连不上这个服务器");
  await city.open();
  await li.signIn(city.address, "inspector1");
  await expect(first.page.locator(".assignment").first()).toBeVisible();
});

/** How large the enlarged photo is, and how light the left edge of its foot, of 255. */
async function footOfPhoto({ page }: Inspector, inspection: string) {
  await page.goto(`${new URL(page.url()).origin}/#/inspections/${inspection}/items/SAN-01`);
  await page.locator(".finding figure img").waitFor();
  await page.locator(".finding .picture").tap();
  const large = page.locator(".photo-large img");
  await large.waitFor();
  return large.evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const pen = canvas.getContext("2d")!;
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(0, canvas.height - 12, 8, 8);
    const light = data.filter((_, at) => at % 4 !== 3).reduce((sum, each) => sum + each, 0) / ((data.length * 3) / 4);
    return { size: [canvas.width, canvas.height], light };
  });
}
