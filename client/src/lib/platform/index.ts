/** The one door to the shell and the phone: nothing outside this folder imports `@tauri-apps/*`. */
import { commands } from "./commands";
import { onChanged, onConnected, onHolders, onSync } from "./events";
import { buzzFailure, buzzSaved } from "./haptics";
import { locate } from "./location";
import { isMetered, onNetwork } from "./network";
import { beginAnew } from "./page";

export { ACCURACY_GOOD_M, type Located } from "./location";
export type { FindingFields, NewPhoto, SignIn } from "./commands";

export const platform = {
  ...commands,
  onChanged,
  onConnected,
  onHolders,
  onSync,
  isMetered,
  onNetwork,
  locate,
  beginAnew,
  buzzFailure,
  buzzSaved,
};
