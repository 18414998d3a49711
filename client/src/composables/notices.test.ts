import { beforeEach, expect, test, vi } from "vitest";
import type { InspectionCard } from "@/lib/bindings";
import { openAt, settle } from "@/testing/screen";
import { installShell, type Shell } from "@/testing/shell";

const NOTHING = { day: "2026-11-23", returned: [], cases: [], assignments: [], open: [], done: [] };
const RETURNED = { ...NOTHING, returned: [{ id: "a" } as InspectionCard] };

let shell: Shell;
let spoken: { title: string; body?: string }[];
beforeEach(() => {
  shell = installShell();
  spoken = [];
  vi.stubGlobal(
    "Notification",
    class {
      constructor(title: string, { body }: NotificationOptions) {
        spoken.push({ title, body });
      }
    },
  );
  return () => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  };
});

async function look(hidden: boolean) {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
  await settle();
}

async function arrives(today: object) {
  shell.on("today", today);
  shell.emit("changed", { inspection: null });
  await settle();
}

test("what came while the app was out of sight is said once, and only how much", async () => {
  await openAt("/settings");
  await look(true);
  await arrives(RETURNED);
  await arrives(RETURNED);
  expect(spoken).toEqual([{ title: "巡访", body: "退回补正 1 件" }]);
});

test("nothing is said to whoever looks at the screen, or wants no notices", async () => {
  await openAt("/settings");
  await look(true);
  await look(false);
  await arrives(RETURNED);
  localStorage.setItem("rounds.settings", JSON.stringify({ notices: false }));
  shell.on("today", NOTHING);
  await openAt("/settings");
  await look(true);
  await arrives(RETURNED);
  expect(spoken).toEqual([]);
});
