/** What a phone's web view says of its network (Chromium's on Android); elsewhere it says nothing. */
interface Network extends EventTarget {
  type?: string;
}

const network = (): Network | undefined => (navigator as Navigator & { connection?: Network }).connection;

/** Whether every byte is paid for; null where the phone does not say. */
export function isMetered(): boolean | null {
  const type = network()?.type;
  return type === undefined || type === "unknown" ? null : type === "cellular";
}

/** The phone has gone from one network to another. */
export function onNetwork(heard: () => void): void {
  network()?.addEventListener("change", heard);
}
