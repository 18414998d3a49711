/** A save that failed must be felt as well as seen: the thumb may cover the screen, the sun may drown it. */
export function buzzFailure(): void {
  navigator.vibrate?.([250, 120, 250]);
}

/** A tap that is on disk. */
export function buzzSaved(): void {
  navigator.vibrate?.(15);
}
