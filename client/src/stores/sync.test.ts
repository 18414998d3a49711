import { expect, test } from "vitest";
import zh from "@/locales/zh-CN.json";
import { inspection, item, syncStatus } from "@/testing/samples";
import { awayFor, find, openAt, settle, tap, text } from "@/testing/screen";
import { installShell } from "@/testing/shell";

test("the phone's network coming back is reason enough to try", async () => {
  const shell = installShell();
  shell.on("sync_now", syncStatus());
  await openAt("/");
  expect(shell.called("sync_now")).toEqual([]);
  window.dispatchEvent(new Event("online"));
  await settle();
  expect(shell.called("sync_now").length).toBeGreaterThan(0);
});

test("a phone that is looked at again after a while asks for what it missed", async () => {
  const shell = installShell();
  shell.on("sync_now", syncStatus());
  await openAt("/");
  await awayFor(0.1);
  expect(shell.called("sync_now")).toEqual([]);
  await awayFor(1);
  expect(shell.called("sync_now").length).toBeGreaterThan(0);
});

test("the chip counts a tap as soon as it is on disk", async () => {
  const shell = installShell();
  shell.on("inspection", inspection([item({ code: "SAN-01" })]));
  shell.on("answer", item({ code: "SAN-01" }));
  await openAt("/inspections/i1/items/SAN-01");
  expect(find(".chip")?.textContent).toContain(zh.delivery.delivered);
  shell.on("sync_status", syncStatus({ changes_pending: 1 }));
  await tap("[data-answer=fail]");
  expect(find(".chip")?.textContent).toContain(zh.delivery.pending.replace("{n}", "1"));
});

test("photos wait for Wi-Fi when somebody wants that, and go on as soon as the phone has it", async () => {
  const network = Object.assign(new EventTarget(), { type: "cellular" });
  Object.defineProperty(navigator, "connection", { value: network, configurable: true });
  const shell = installShell();
  await openAt("/settings");
  expect(shell.called("photos_policy")).toEqual([{ wifiOnly: false, metered: true }]);
  shell.on("sync_status", syncStatus({ photos_pending: 3, photos_pending_bytes: 900_000, photos_wait: true }));
  await tap(`[role=switch][aria-label="${zh.settings.wifi_only}"]`);
  expect(shell.called("photos_policy").at(-1)).toEqual({ wifiOnly: true, metered: true });
  await tap(".app-tabs .van-tabbar-item:nth-child(3)");
  expect(text()).toContain("等待 Wi-Fi：3 张");
  network.type = "wifi";
  network.dispatchEvent(new Event("change"));
  await settle();
  expect(shell.called("photos_policy").at(-1)).toEqual({ wifiOnly: true, metered: false });
  Reflect.deleteProperty(navigator, "connection");
});
