/** Begins the page anew: nothing of whoever had the screens stays in its memory. */
export function beginAnew(): void {
  window.location.reload();
}
