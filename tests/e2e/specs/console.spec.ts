import { readFile } from "node:fs/promises";
import { getConflicts, load } from "@automerge/automerge";
import { choose, DEMO_PASSWORD, enter, item, open, pick, signIn } from "../harness/console.js";
import { City } from "../harness/city.js";
import { expect, test } from "../harness/test.js";

test.use({ viewport: { width: 1440, height: 900 } });

/** The demonstration's visit that two inspectors made, each on his own phone. */
const MERGED = "威远街社区";

test("a supervisor decides, approves, returns, assigns and leaves", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await expect(page.getByText("各区县情况")).toBeVisible();

  await open(page, "复核");
  const list = page.getByLabel("检查列表");
  await list.getByText(MERGED).click();
  const detail = page.getByLabel("检查详情");
  await expect(detail.getByRole("heading", { name: MERGED })).toBeVisible();
  await expect(detail.getByText("暂定得分")).toBeVisible();

  // Both values stand with who recorded them, and nothing may be approved before they are decided.
  await expect(item(page, "SAN-05").locator(".opinion")).toHaveCount(3);
  await expect(item(page, "SAN-05").getByText("李明").first()).toBeVisible();
  await expect(item(page, "SAN-05").getByText("陈静").first()).toBeVisible();
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("须先核定才能通过")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "通过" })).toBeDisabled();
  await dialog.getByRole("button", { name: "取消" }).click();

  for (const [code, phrase] of [
    ["SAN-05", "现场照片证据充分，采用此结果"],
    ["SAN-12", "已电话核实，采用此结果"],
  ] as const) {
    const conflict = item(page, code);
    if (!(await conflict.locator(".opinion").count())) await conflict.getByRole("button").first().click();
    await choose(conflict);
    await conflict.getByRole("button", { name: phrase }).click();
    await conflict.getByRole("button", { name: "核定", exact: true }).click();
    await expect(conflict.getByText("已核定").first()).toBeVisible();
  }
  await expect(detail.getByText("暂定得分")).toBeHidden();
  await page.keyboard.press("a");
  await dialog.getByRole("button", { name: "通过" }).click();
  await expect(detail.locator("header").getByText("已通过")).toBeVisible();

  // The next of the queue goes back, item by item.
  await list.getByText("凯苑社区").click();
  await expect(detail.getByRole("heading", { name: "凯苑社区" })).toBeVisible();
  await item(page, "SAN-01").locator(".el-checkbox").click();
  await expect(detail.getByRole("checkbox", { name: "选中 SAN-01 以退回" })).toBeChecked();
  await page.keyboard.press("r");
  await dialog.getByRole("button", { name: "请补充具体位置" }).click();
  await dialog.getByRole("button", { name: "退回补正" }).click();
  await expect(detail.locator("header").getByText("退回补正").first()).toBeVisible();
  await expect(item(page, "SAN-01").getByText("退回补正").first()).toBeVisible();

  await open(page, "任务安排");
  await page.getByRole("button", { name: "安排任务" }).click();
  await pick(dialog.getByRole("combobox", { name: "辖区" }), "五华区·华山街道", "翠湖西路");
  await pick(dialog.getByRole("combobox", { name: "检查表" }), "环境卫生专项检查");
  await pick(dialog.getByRole("combobox", { name: "巡访员" }), "赵芸");
  await dialog.getByRole("textbox", { name: "备注" }).fill("重点查看背街小巷");
  await dialog.getByRole("button", { name: "下达任务" }).click();
  await expect(page.getByRole("row").filter({ hasText: "重点查看背街小巷" })).toContainText("翠湖西路社区");

  for (const screen of ["不一致待核定", "待审定", "设备"]) await open(page, screen);
  await expect(page.getByRole("row").filter({ hasText: "李明" })).toContainText("已全部送达");
  await page.getByRole("button", { name: /王敏/ }).click();
  await page.getByRole("menuitem", { name: "退出登录" }).click();
  await expect(page.getByRole("button", { name: "登录" })).toBeVisible();
});

test("a decision from the inbox takes the row away", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "不一致待核定");
  const rows = page.locator("article[data-item]");
  await expect(rows).toHaveCount(5);
  await rows.first().getByRole("button").first().click();
  await choose(rows.first());
  await rows.first().getByRole("button", { name: "已电话核实，采用此结果" }).click();
  await rows.first().getByRole("button", { name: "核定", exact: true }).click();
  await expect(rows).toHaveCount(4);
});

test("when the session ends, the work is asked for again after signing in", async ({ city, page, context }) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "任务安排");
  // What this screen asks must be answered before the session ends: it is the next screen that meets its end.
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await context.clearCookies();
  await page.getByRole("navigation").getByRole("link", { name: "设备" }).click();
  await expect(page.getByRole("button", { name: "登录" })).toBeVisible();
  await enter(page, "supervisor", DEMO_PASSWORD);
  await expect(page.getByRole("heading", { level: 1, name: "设备" })).toBeVisible();
});

test("a wrong password is said in a sentence, the fifth locks, and the log shows both", async ({ city, page }) => {
  await page.goto(city.address);
  const sentence = page.getByRole("alert");
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const answered = page.waitForResponse((response) => response.url().endsWith("/v1/session"));
    await enter(page, "supervisor", `wrong-${attempt}`);
    await answered;
    await expect(sentence).toContainText(/账号或密码不正确|账号已锁定/);
  }
  await enter(page, "supervisor", DEMO_PASSWORD);
  await expect(sentence).toContainText(/账号已锁定.*\d+ 分钟后再试/);

  await enter(page, "admin", DEMO_PASSWORD);
  await open(page, "操作日志");
  await expect(page.getByText("登录失败").first()).toBeVisible();
  await expect(page.getByText("账号锁定").first()).toBeVisible();
});

test("a city's first administrator enters with the one-time code", async ({ page }) => {
  const city = await City.empty();
  try {
    const code = /初始化码[^：]*：(\S+)/.exec(city.log.join(""))?.[1] ?? "";
    await page.goto(city.address);
    const fill = async (setupCode: string) => {
      await page.getByLabel("一次性初始化码").fill(setupCode);
      await page.getByLabel("姓名").fill("周敏");
      await page.getByLabel("账号").fill("zhou.min");
      await page.getByLabel("密码", { exact: true }).fill("翠湖-柳树-1923");
      await page.getByLabel("再次输入密码").fill("翠湖-柳树-1923");
      await page.getByRole("button", { name: "创建管理员并进入" }).click();
    };
    await fill("0000-0000");
    await expect(page.getByRole("alert")).toContainText("初始化码不正确");
    await fill(code);
    await expect(page.getByRole("button", { name: /周敏/ })).toBeVisible();
    await open(page, "人员");
    await expect(page.getByRole("row").filter({ hasText: "zhou.min" })).toContainText("管理员");
  } finally {
    await city.end();
  }
});

test("the console speaks English when asked, and still after a reload", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.getByRole("navigation").getByRole("link", { name: "Conflicts" }).click();
  await expect(page.getByText("Sanitation").or(page.getByText("Fail")).first()).toBeVisible();
});

interface Visit {
  answers: Record<string, { value: string | null }>;
}

test("the downloaded document opens in any Automerge and says the same", async ({ city, page }) => {
  await signIn(page, city.address, "supervisor");
  await open(page, "复核");
  await page.getByLabel("检查列表").getByText(MERGED).click();
  await expect(page.getByLabel("检查详情").getByRole("heading", { name: MERGED })).toBeVisible();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "下载原始文档" }).click();
  const file = await (await downloading).path();
  const visit = load<Visit>(new Uint8Array(await readFile(file)));

  await expect(item(page, "SAN-01")).toContainText("合格");
  expect(String(visit.answers["SAN-01"]?.value)).toBe("pass");
  // Both values of the conflict are in the file, as they are on the screen.
  const said = Object.values(getConflicts(visit.answers["SAN-05"] ?? { value: null }, "value") ?? {});
  expect(said.map(String).sort()).toEqual(["fail", "pass"]);
  await expect(item(page, "SAN-05").locator(".opinion").filter({ hasText: "不合格" })).toHaveCount(1);
});
