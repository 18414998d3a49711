/** Addresses of what the browser itself fetches: pictures, downloads, the live channel. */
export const photoAddress = (hash: string, size: "thumb" | "full") =>
  `/v1/photos/${encodeURIComponent(hash)}${size === "thumb" ? "?size=thumb" : ""}`;

export const documentAddress = (inspection: string) => `/v1/inspections/${encodeURIComponent(inspection)}.automerge`;

export const LIVE_ADDRESS = "/v1/live";
