import { beforeEach, expect, test, vi } from "vitest";
import en from "@/locales/en.json";
import zh from "@/locales/zh-CN.json";
import { holder, state } from "@/testing/samples";
import { awayFor, find, openAt, saying, settle, tap, text, type, typePin } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

const WANG = holder({ id: "0a", changes_waiting: 3, photos_waiting: 1 });
const LI = holder({ id: "0b", login: "lihua", name: "李华", has_pin: false, delivers: true, changes_waiting: 2 });
const NOBODY = { phase: "locked", user: null, device: null, device_name: null, guard: null, has_pin: false } as const;

let shell: Shell;
beforeEach(() => {
  shell = installShell();
  shell.on("state", state({ ...NOBODY, holders: [WANG] }));
});

test("a locked phone shows nothing but the lock, and the right PIN opens it", async () => {
  shell.on("unlock", state());
  const { router } = await openAt("/areas");
  expect(router.currentRoute.value.name).toBe("lock");
  expect(text()).toContain("3 条记录、1 张照片未送达，需本人解锁后才能上传");
  await typePin("135790");
  expect(shell.called("unlock")).toEqual([{ holder: "0a", pin: "135790" }]);
  expect(router.currentRoute.value.name).toBe("today");
});

test("a wrong PIN is told, may be typed anew, and makes wait when it was too often", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  shell.on("unlock", fails("pin_wrong"));
  await openAt("/");
  await typePin("135791");
  expect(text()).toContain(zh.errors.pin_wrong);
  shell.on("unlock", fails("pin_wait", { seconds: "30" }));
  await typePin("135792");
  expect(text()).toContain("请等 30 秒");
  await typePin("135790");
  expect(shell.called("unlock")).toHaveLength(2);
  vi.advanceTimersByTime(30_000);
  await settle();
  expect(text()).not.toContain("秒再试");
  shell.on("unlock", state());
  await typePin("135790");
  expect(shell.called("unlock")).toHaveLength(3);
  vi.useRealTimers();
});

test("several people choose by name, and see what waits for whom", async () => {
  shell.on("state", state({ ...NOBODY, holders: [LI, WANG] }));
  shell.on("unlock", state());
  await openAt("/");
  expect(text()).toContain("2 条记录、0 张照片未送达，联网后自动上传");
  shell.on("state", state({ ...NOBODY, holders: [{ ...LI, changes_waiting: 0 }, WANG] }));
  shell.emit("holders", null);
  await settle();
  expect(text()).toContain(zh.lock.delivered);
  shell.on("state", state({ ...NOBODY, holders: [{ ...LI, delivers: false, signs_in: true }, WANG] }));
  shell.emit("holders", null);
  await settle();
  expect(text()).toContain("2 条记录、0 张照片未送达，需本人解锁并重新登录后才能上传");
  shell.on("state", state({ ...NOBODY, holders: [{ ...LI, changes_waiting: 0, refused: 4 }, WANG] }));
  shell.emit("holders", null);
  await settle();
  expect(text(), "what was refused is not delivered").not.toContain(zh.lock.delivered);
  expect(text()).toContain("4 项服务器没有收下");
  await tap("[data-holder=wangli]");
  expect(text()).toContain("王丽，请输入解锁密码");
  await tap(saying(zh.lock.other));
  await tap("[data-holder=lihua]");
  expect(shell.called("unlock")).toEqual([{ holder: "0b", pin: null }]);
});

test("a forgotten PIN is replaced online with the password", async () => {
  shell.on("recover", fails("wrong_password"));
  const { router } = await openAt("/");
  await tap(saying(zh.lock.forgotten));
  expect(text()).toContain("本机的记录都在，不受影响");
  await type("input[name=password]", "wrong");
  const next = async () => {
    find("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await settle();
    for (let twice = 0; twice < 2; twice += 1) await typePin("246802");
  };
  await next();
  expect(text()).toContain(zh.errors.wrong_password);
  shell.on("recover", state());
  await type("input[name=password]", "secret");
  await next();
  expect(shell.called("recover")[1]).toEqual({ holder: "0a", password: "secret", pin: "246802" });
  expect(router.currentRoute.value.name).toBe("today");
});

test("an app that was long out of sight is locked, and one that was not is not", async () => {
  shell.on("state", state());
  shell.on("lock", state({ ...NOBODY, holders: [WANG] }));
  const { router } = await openAt("/areas");
  await awayFor(2);
  expect(router.currentRoute.value.name).toBe("areas");
  await awayFor(6);
  expect(router.currentRoute.value.name).toBe("lock");
});

test("whoever looked away comes back by finger or face, and by his PIN when the phone did not know him", async () => {
  shell.on("plugin:biometric|status", { isAvailable: true });
  shell.on("state", state({ ...NOBODY, holders: [{ ...WANG, paused: true }] }));
  shell.on("resume", fails("not_recognised"));
  shell.on("unlock", state());
  const { router } = await openAt("/");
  expect(shell.called("resume"), "he is looked at before he asks").toEqual([
    { holder: "0a", reason: "确认是 王丽 本人" },
  ]);
  expect(text()).toContain(zh.errors.not_recognised);
  shell.on("resume", state());
  await tap("[data-resume]");
  expect(router.currentRoute.value.name).toBe("today");
});

test("only a phone that knows fingers or faces offers them, and only to whoever wants that does it hold the door", async () => {
  shell.on("state", state());
  await openAt("/settings");
  expect(find("[data-recognised]")).toBeNull();
  shell.on("plugin:biometric|status", { isAvailable: true });
  shell.on("pause", state({ ...NOBODY, holders: [{ ...WANG, paused: true }] }));
  shell.on("lock", state({ ...NOBODY, holders: [WANG] }));
  await openAt("/settings");
  await awayFor(6);
  expect([shell.called("lock").length, shell.called("pause").length]).toEqual([1, 0]);
  shell.on("resume", fails("not_recognised"));
  await openAt("/settings");
  await tap("[data-recognised] .van-switch");
  await awayFor(6);
  expect([shell.called("lock").length, shell.called("pause").length]).toEqual([1, 1]);
});

test("settings say who guards the data, and today says when nobody does", async () => {
  for (const [guard, words] of [
    ["key_store", zh.guard.key_store_explain],
    ["pin", zh.guard.pin_explain],
    ["nobody", zh.guard.nobody_explain],
  ] as const) {
    shell.on("state", state({ guard, has_pin: guard !== "nobody" }));
    const { app } = await openAt("/settings");
    expect(text()).toContain(words);
    app.unmount();
    document.body.innerHTML = "";
  }
  await openAt("/");
  expect(text()).toContain(zh.guard.nobody_notice);
  expect(en.guard.nobody_notice).toContain("not protected");
});

test("changing a PIN asks for the one until now", async () => {
  shell.on("state", state());
  shell.on("set_pin", fails("pin_wrong"));
  const { router } = await openAt("/settings");
  await tap("[data-pin]");
  for (const digits of ["111111", "246802", "246802"]) await typePin(digits);
  expect(text()).toContain(zh.errors.pin_wrong);
  shell.on("set_pin", state());
  for (const digits of ["135790", "246802", "246802"]) await typePin(digits);
  expect(shell.called("set_pin")[1]).toEqual({ current: "135790", pin: "246802" });
  expect(router.currentRoute.value.name).toBe("settings");
});
