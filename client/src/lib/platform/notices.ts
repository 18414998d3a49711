import { isPermissionGranted, requestPermission, sendNotification } from "@tauri-apps/plugin-notification";

/** Whether the system shows what the app wants to say while it is out of sight. */
export async function maySpeakUp(): Promise<boolean> {
  try {
    return await isPermissionGranted();
  } catch {
    // A system without notifications.
    return false;
  }
}

/** Asks the person, if the system wants him to be asked. */
export async function askToSpeakUp(): Promise<boolean> {
  try {
    return (await maySpeakUp()) || (await requestPermission()) === "granted";
  } catch {
    return false;
  }
}

export function speakUp(title: string, body: string): void {
  sendNotification({ title, body });
}
