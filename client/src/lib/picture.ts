/** Pictures that are made here, as the files they are kept as. */

/** Quality of a drawn copy; the phone's core scales and packs it like any other photo. */
const JPEG_QUALITY = 0.92;

export async function asFile(canvas: HTMLCanvasElement, type: "image/png" | "image/jpeg"): Promise<File> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, JPEG_QUALITY));
  if (!blob) throw new Error("no picture");
  return new File([blob], `drawn.${type === "image/png" ? "png" : "jpg"}`, { type });
}
