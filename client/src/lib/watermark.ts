/** A copy of a photo that shows what the document says of it, as city staff expect. The photo itself is never altered. */

/** Quality of the copy; it is looked at and passed on, not measured. */
const JPEG_QUALITY = 0.85;
/** Lines are this part of the picture's shorter edge: read on a phone, and on paper. */
const LINE_PART = 1 / 24;
const LINE_HEIGHT = 1.4;
const GROUND = "rgba(0, 0, 0, 0.6)";
const INK = "#ffffff";

/** Draws the lines over the foot of a copy. A line that is too long becomes narrower, never shorter. */
export async function watermarked(photo: Blob, lines: string[]): Promise<Blob> {
  const picture = await createImageBitmap(photo);
  const { width, height } = picture;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.drawImage(picture, 0, 0);
  picture.close();
  const size = Math.round(Math.min(width, height) * LINE_PART);
  const step = size * LINE_HEIGHT;
  const top = height - step * lines.length - size;
  pen.fillStyle = GROUND;
  pen.fillRect(0, top, width, height - top);
  pen.fillStyle = INK;
  pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "top";
  lines.forEach((line, at) => pen.fillText(line, size, top + size / 2 + step * at, width - 2 * size));
  return new Promise((resolve, reject) =>
    canvas.toBlob((copy) => (copy ? resolve(copy) : reject(new Error("no copy"))), "image/jpeg", JPEG_QUALITY),
  );
}
