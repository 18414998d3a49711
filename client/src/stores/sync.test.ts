import { expect, test } from "vitest";
import zh from "@/locales/zh-CN.json";
import { inspection, item, syncStatus } from "@/testing/samples";
import { find, openAt, settle, tap } from "@/testing/screen";
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
