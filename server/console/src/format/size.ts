const KIB = 1024;
const MIB = KIB * KIB;

/** How large a file is, to a figure that means something. */
export function size(bytes: number): string {
  if (bytes < MIB) return `${Math.max(1, Math.round(bytes / KIB))} KB`;
  return `${(bytes / MIB).toFixed(1)} MB`;
}
