/** Addresses of what the browser itself fetches: pictures, downloads, the live channel. */
export const photoAddress = (hash: string, size: "thumb" | "full") =>
  `/v1/photos/${encodeURIComponent(hash)}${size === "thumb" ? "?size=thumb" : ""}`;

export const documentAddress = (inspection: string) => `/v1/inspections/${encodeURIComponent(inspection)}.automerge`;

/** Lists that can be had as a file, under the names of the server's addresses. */
export type ExportList =
  "inspections" | "findings" | "conflicts" | "held" | "assignments" | "devices" | "users" | "sites" | "audit";
export type ExportFormat = "xlsx" | "csv" | "geojson";

/** A list as a file, in the reader's language and narrowed as on the screen; pages mean nothing to a file. */
export function exportAddress(
  list: ExportList,
  format: ExportFormat,
  language: string,
  query: Record<string, string | number | null | undefined>,
): string {
  const asked = new URLSearchParams({ format, language });
  for (const [key, value] of Object.entries(query)) {
    if (value != null && value !== "" && key !== "page" && key !== "per_page") asked.set(key, String(value));
  }
  return `/v1/exports/${list}?${asked.toString()}`;
}

/** A table to fill in and bring back. */
export const importTemplateAddress = (subject: string, language: string) =>
  `/v1/imports/${subject}/template?${new URLSearchParams({ language }).toString()}`;

export const LIVE_ADDRESS = "/v1/live";
