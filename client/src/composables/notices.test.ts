import { beforeEach, expect, test, vi, type MockInstance } from "vitest";
import type { InspectionCard } from "@/lib/bindings";
import { caseCard } from "@/testing/samples";
import { openAt, settle } from "@/testing/screen";
import { installShell, type Shell } from "@/testing/shell";

const NOTHING = { day: "2026-11-23", returned: [], cases: [], assignments: [], open: [], done: [] };
const RETURNED = { ...NOTHING, returned: [{ id: "a" } as InspectionCard] };

let shell: Shell;
let spoken: { title: string; body?: string }[];
let hidden: MockInstance<() => boolean> | null = null;
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
    // Only this one: the page's own timers are watched too, and ended with it.
    hidden?.mockRestore();
  };
});

async function look(away: boolean) {
  hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(away);
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

test("a case that came is 整改或核查: 复核 is what a supervisor does", async () => {
  await openAt("/settings");
  await look(true);
  await arrives({ ...NOTHING, cases: [caseCard()] });
  expect(spoken).toEqual([{ title: "巡访", body: "整改或核查 1 件" }]);
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
