/** The one door to the shell: nothing outside this folder imports `@tauri-apps/*`. */
import { invoke } from "@tauri-apps/api/core";

export interface AppInfo {
  version: string;
  data_dir: string;
}

export function appInfo(): Promise<AppInfo> {
  return invoke("app_info");
}
