import type { PhotoView } from "@/api/schema";

/** The photo that one is looked at beside: a drawn copy beside what it is of, before beside after; else the next one. */
export function counterpart(one: PhotoView, photos: PhotoView[]): PhotoView {
  const original = photos.find((photo) => photo.id === one.copy_of);
  if (original) return original;
  const wanted = one.role === "after" ? ["before", "evidence"] : ["after"];
  const found = wanted.flatMap((role) => photos.filter((photo) => photo.role === role && photo.id !== one.id))[0];
  return found ?? photos[(photos.indexOf(one) + 1) % photos.length] ?? one;
}

/** The ids of two photos from left to right: what was put right stands right. */
export const sideKeys = (one: PhotoView, other: PhotoView) =>
  one.role === "after" && other.role !== "after" ? [other.id, one.id] : [one.id, other.id];
