/** The one door to the shell and the phone: nothing outside this folder imports `@tauri-apps/*`. */
import { commands } from "./commands";
import { onChanged, onConnected, onSync } from "./events";
import { buzzFailure, buzzSaved } from "./haptics";
import { locate } from "./location";
import { isMetered, onNetwork } from "./network";

export { ACCURACY_GOOD_M, type Located } from "./location";
export type { FindingFields, NewPhoto } from "./commands";

export const platform = {
  ...commands,
  onChanged,
  onConnected,
  onSync,
  isMetered,
  onNetwork,
  locate,
  buzzFailure,
  buzzSaved,
};
