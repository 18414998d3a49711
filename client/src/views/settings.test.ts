import { beforeEach, expect, test, vi } from "vitest";
import zh from "@/locales/zh-CN.json";
import { state } from "@/testing/samples";
import { find, openAt, settle, tap, text, type } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

let shell: Shell;
beforeEach(() => {
  shell = installShell();
  vi.stubGlobal("Notification", { permission: "default", requestPermission: async () => "denied" });
  return () => vi.unstubAllGlobals();
});

const isOn = (name: string) => find(`[data-${name}] .van-switch`)?.getAttribute("aria-checked") === "true";

test("notices are on where the system shows them, and say why they are not", async () => {
  shell.on("plugin:notification|is_permission_granted", true);
  await openAt("/settings");
  expect(isOn("notices")).toBe(true);
  shell.on("plugin:notification|is_permission_granted", false);
  await openAt("/settings");
  expect(isOn("notices")).toBe(false);
  await tap("[data-notices] .van-switch");
  expect(isOn("notices")).toBe(false);
  expect(text()).toContain(zh.notice.refused);
});

test.each(["key_store", "pin"] as const)("under %s a draft is as well guarded as what is saved", async (guard) => {
  shell.on("state", state({ guard }));
  await openAt("/settings");
  expect(text()).toContain("记录、照片和未保存的草稿在本机加密存放");
  expect(text()).toContain("显示设置不加密");
});

test("the log is exported, and a log that cannot be is said to be so", async () => {
  shell.on("export_log", "/downloads/rounds-1.log");
  await openAt("/settings");
  await tap("[data-log]");
  expect(text()).toContain("/downloads/rounds-1.log");
  shell.on("export_log", fails("storage_full"));
  await tap("[data-log]");
  expect(text()).toContain(zh.errors.storage_full);
});

test("the server's address is changed after it was asked who it is, and another server changes nothing", async () => {
  shell.on("state", state({ server: "https://old.example" }));
  shell.on("set_server", fails("server_key_changed"));
  const { router } = await openAt("/settings");
  await tap("[data-server]");
  expect(router.currentRoute.value.name).toBe("server");
  const change = async (address: string) => {
    await type("input[name=address]", address);
    find("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await settle();
  };
  await change("https://old.example ");
  expect(shell.called("set_server"), "it is there already").toEqual([]);
  await change("https://another.example");
  expect(text()).toContain(zh.server.server_key_changed);
  shell.on("set_server", state({ server: "https://new.example" }));
  await change(" https://new.example");
  expect(shell.called("set_server")[1]).toEqual({ address: "https://new.example" });
  expect(router.currentRoute.value.name).toBe("settings");
  expect(text()).toContain("https://new.example");
});

test("what no screen has caught is written into the log", async () => {
  shell.on("plugin:log|log", null);
  const console_ = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const { platform } = await import("@/lib/platform");
  platform.reportUncaught();
  window.dispatchEvent(new ErrorEvent("error", { error: new Error("a row was undefined") }));
  await settle();
  expect(shell.called("plugin:log|log")[0]).toMatchObject({ message: expect.stringContaining("a row was undefined") });
  expect(console_).toHaveBeenCalled();
  console_.mockRestore();
});
