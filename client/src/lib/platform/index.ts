/** The one door to the shell and the phone: nothing outside this folder imports `@tauri-apps/*`. */
import { canRecognise } from "./biometry";
import { commands } from "./commands";
import { onChanged, onConnected, onHidden, onHolders, onReturn, onSync } from "./events";
import { buzzFailure, buzzSaved } from "./haptics";
import { knownPlace, locate } from "./location";
import { report, reportUncaught } from "./log";
import { isMetered, onNetwork } from "./network";
import { askToSpeakUp, maySpeakUp, speakUp } from "./notices";
import { beginAnew } from "./page";
import { entitle } from "./window";

export { ACCURACY_GOOD_M, type Located } from "./location";
export type { FindingFields, NewPhoto, SignIn } from "./commands";

export const platform = {
  ...commands,
  onChanged,
  onConnected,
  onHidden,
  onHolders,
  onReturn,
  onSync,
  isMetered,
  onNetwork,
  locate,
  knownPlace,
  canRecognise,
  maySpeakUp,
  askToSpeakUp,
  speakUp,
  report,
  reportUncaught,
  entitle,
  beginAnew,
  buzzFailure,
  buzzSaved,
};
