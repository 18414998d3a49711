import { showConfirmDialog, showDialog, type DialogOptions } from "vant";
import { nextTick } from "vue";

/**
 * Vant writes a dialog's title where the id of an element belongs (`aria-labelledby`), so whoever listens would hear no
 * name. Both dialogs of the app are opened here, and named.
 */
async function named(options: DialogOptions, open: (options: DialogOptions) => Promise<unknown>) {
  const answered = open(options);
  await nextTick();
  for (const dialog of document.querySelectorAll(".van-dialog[aria-labelledby]")) {
    dialog.removeAttribute("aria-labelledby");
    dialog.setAttribute("aria-label", options.title ?? "");
  }
  return answered;
}

/** Says something that must be seen; resolves when it was. */
export async function tell(options: DialogOptions): Promise<void> {
  await named(options, showDialog);
}

/** Whether the person is sure. */
export async function isSure(options: DialogOptions): Promise<boolean> {
  return named(options, showConfirmDialog).then(
    () => true,
    () => false,
  );
}
