import { expect, test } from "vitest";
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
  shell.on("export", { path, bytes: 2_400_000, envelopes: 12, photos: 18 });
  await tap("[data-export]");
  await expect.poll(text).toContain(path);
  expect(text()).toContain("数据包 12 个，照片 18 张");
  expect(find(".exported")?.getAttribute("aria-label"), "the dialog has a name").toBe("已导出");
});
