/** Whether this browser can draw maps; on old machines and remote desktops it cannot. */
export function canDrawMaps(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}
