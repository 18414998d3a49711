import { checkStatus } from "@tauri-apps/plugin-biometric";

/** Whether the phone can recognise its person by finger or face. Asking for it is the shell's own business: `resume`. */
export async function canRecognise(): Promise<boolean> {
  try {
    return (await checkStatus()).isAvailable;
  } catch {
    // A shell without the plugin.
    return false;
  }
}
