import { expect, test } from "vitest";
import zh from "@/locales/zh-CN.json";
import { inspection, item, syncStatus } from "@/testing/samples";
import { find, openAt, tap, text } from "@/testing/screen";
import { fails, installShell } from "@/testing/shell";

test("a phone that cannot connect writes everything into a file, and says where it is or why it is not", async () => {
  const shell = installShell();
  shell.on("export", fails("storage_full"));
  await openAt("/sync");
  await tap("[data-export]");
  await expect.poll(text).toContain("手机存储空间已满");
  await tap(".van-dialog__confirm");

  const path = "/storage/Download/rounds-3f9a1c77.tar";
  shell.on("export", { path, bytes: 2_400_000, envelopes: 12, photos: 18, photos_missing: 2 });
  await tap("[data-export]");
  await expect.poll(text).toContain(path);
  expect(text()).toContain("数据包 12 个，照片 18 张");
  expect(text(), "what is not in the file").toContain("另有 2 张照片");
  expect(find(".exported")?.getAttribute("aria-label"), "the dialog has a name").toBe("已导出");
});

test("how much room is left is said in the sync centre, early on the first screens, and everywhere when photos are refused", async () => {
  const shell = installShell();
  shell.on("sync_status", syncStatus({ free_bytes: 12_000_000_000 }));
  const at = async (path: string) => {
    const { app } = await openAt(path);
    return () => {
      app.unmount();
      document.body.innerHTML = "";
    };
  };
  let leave = await at("/sync");
  expect(find("[data-free]")?.textContent).toContain("11.2 GB");
  expect(find("[data-space]")).toBeNull();

  leave();
  shell.on("sync_status", syncStatus({ free_bytes: 300_000_000, space: "low" }));
  leave = await at("/");
  expect(find("[data-space]")?.textContent).toContain(zh.space.low);
  leave();
  shell.on("inspection", inspection([item()]));
  leave = await at("/inspections/i1");
  expect(find("[data-space]"), "work is not disturbed before it must be").toBeNull();

  leave();
  shell.on("sync_status", syncStatus({ free_bytes: 9_000_000, space: "text_only" }));
  await openAt("/inspections/i1");
  expect(find("[data-space]")?.textContent).toContain(zh.space.text_only);
});

test("what was refused, dismissed or lost is said with what to do, and never that all has its receipt", async () => {
  const shell = installShell();
  shell.on("sync_status", syncStatus({ refused: 3, dismissed: 1, photos_refused: 2, photos_lost: 1 }));
  await openAt("/sync");
  expect(text()).not.toContain(zh.sync.all_delivered);
  expect(text()).toContain(zh.sync.refused_explain);
  expect(find("[data-refused]")?.textContent).toContain("3 项记录，2 张照片");
  expect(find("[data-dismissed]")?.textContent).toContain("1 份");
  expect(find("[data-lost]")?.textContent).toContain("1 张");
});

test("a lost photo alone is no reason to say that every photo has its receipt", async () => {
  const shell = installShell();
  shell.on("sync_status", syncStatus({ photos_lost: 2 }));
  await openAt("/sync");
  expect(text()).toContain("2 张照片的文件");
  expect(text()).not.toContain(zh.sync.all_delivered);
});
