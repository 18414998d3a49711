import { beforeEach, expect, test } from "vitest";
import zh from "@/locales/zh-CN.json";
import { state, syncStatus } from "@/testing/samples";
import { find, openAt, settle, tap, text, type, typePin } from "@/testing/screen";
import { fails, installShell, type Shell } from "@/testing/shell";

let shell: Shell;
beforeEach(() => {
  shell = installShell();
  shell.on("state", state({ phase: "unenrolled", server: null, user: null, device: null, device_name: null }));
});

async function fillAndSend() {
  await type("input[name=server]", "https://example.org");
  await type("input[name=login]", "wangli");
  await type("input[name=password]", "secret");
  find("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  await settle();
  await tap("[data-later]");
}

test("a device that belongs to no server shows nothing but the sign-in", async () => {
  const { router } = await openAt("/areas");
  expect(router.currentRoute.value.name).toBe("enrol");
});

test("a wrong address is told in a sentence, and what was typed stays", async () => {
  shell.on("enrol", fails("not_rounds_server"));
  await openAt("/");
  await fillAndSend();
  expect(text()).toContain(zh.errors.not_rounds_server);
  expect((find("input[name=login]") as HTMLInputElement).value).toBe("wangli");
});

test("signing in leads to today", async () => {
  shell.on("enrol", state());
  const { router } = await openAt("/");
  await fillAndSend();
  expect(shell.called("enrol")[0]).toMatchObject({
    server: "https://example.org",
    login: "wangli",
    password: "secret",
    pin: null,
  });
  expect(router.currentRoute.value.name).toBe("today");
});

test("an ended session keeps every screen open and asks for the password only", async () => {
  shell.on("state", state({ phase: "session_expired" }));
  const { router } = await openAt("/areas");
  expect(router.currentRoute.value.name).toBe("areas");
  expect(text()).toContain(zh.session.expired);
  await tap(find(".van-notice-bar"));
  expect((find("input[name=server]") as HTMLInputElement).readOnly).toBe(true);
});

test("storage that cannot be read is told instead of an empty page, and can be tried again", async () => {
  shell.on("state", fails("storage_failed"));
  await openAt("/");
  expect(text()).toContain(zh.errors.storage_failed);
  shell.on("state", state());
  await tap(find(".stopped button"));
  expect(text()).toContain(zh.today.nothing);
});

test("a second window on the same records opens none of them, says where they are, and goes on when the first is closed", async () => {
  shell.on("state", fails("storage_in_use"));
  await openAt("/inspections/i1");
  expect(text()).toContain(zh.errors.storage_in_use);
  expect(document.querySelectorAll(".screen")).toHaveLength(0);
  expect(shell.called("inspection")).toEqual([]);
  await tap(find(".stopped button"));
  expect(text(), "it is still open there").toContain(zh.errors.storage_in_use);
  shell.on("state", state());
  await tap(find(".stopped button"));
  expect(text()).not.toContain(zh.errors.storage_in_use);
  expect(text()).toContain(zh.today.nothing);
});

test("without a connection the first sign-in speaks of the address, not of records", async () => {
  shell.on("enrol", fails("unreachable"));
  await openAt("/");
  await fillAndSend();
  expect(text()).toContain(zh.enrol.unreachable);
  expect(text()).not.toContain(zh.errors.unreachable);
});

test("a device that was told to erase itself leads to the sign-in and says why", async () => {
  shell.on("state", state());
  const { router } = await openAt("/areas");
  shell.on("state", state({ phase: "unenrolled", server: null, user: null, device: null, device_name: null }));
  shell.emit("sync", syncStatus({ failure: { code: "device_erased", params: {} } }));
  await settle();
  expect(router.currentRoute.value.name).toBe("enrol");
  expect(text()).toContain(zh.errors.device_erased);
  // Later tries know nothing of it.
  shell.emit("sync", syncStatus({ failure: { code: "not_enrolled", params: {} } }));
  await settle();
  expect(text()).toContain(zh.errors.device_erased);
});

test("the PIN of a new person is typed twice, kept when the password was wrong, and sent with the sign-in", async () => {
  shell.on("enrol", fails("wrong_password"));
  await openAt("/");
  await type("input[name=server]", "https://example.org");
  await type("input[name=login]", "wangli");
  await type("input[name=password]", "wrong");
  const send = async () => {
    find("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await settle();
  };
  await send();
  shell.on("check_pin", fails("pin_too_simple"));
  await typePin("123456");
  expect(text()).toContain(zh.errors.pin_too_simple);
  shell.on("check_pin", null);
  await typePin("135790");
  await typePin("135791");
  expect(text()).toContain(zh.errors.pin_differs);
  for (let twice = 0; twice < 2; twice += 1) await typePin("135790");
  expect(text()).toContain(zh.errors.wrong_password);
  shell.on("enrol", state());
  await type("input[name=password]", "secret");
  await send();
  expect(shell.called("enrol").map(({ pin, password }) => [pin, password])).toEqual([
    ["135790", "wrong"],
    ["135790", "secret"],
  ]);
});
