import type { GeoJSONSourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Point } from "@/api/schema";

/** What maps are drawn from: plain GeoJSON, as far as this console makes and reads it. */
export type Features = Exclude<GeoJSONSourceSpecification["data"], string>;

/** A district's outline with its code, and where its name may stand. */
export interface Outlines {
  type: "FeatureCollection";
  features: {
    type: "Feature";
    properties: { code: string; name: string; center: [number, number] };
    geometry: { type: "Polygon" | "MultiPolygon"; coordinates: unknown[] };
  }[];
}

export type Bounds = [west: number, south: number, east: number, north: number];

/** The smallest box around all positions of nested coordinates; null when there are none. */
export function boundsOf(coordinates: unknown): Bounds | null {
  if (!Array.isArray(coordinates)) return null;
  const [lon, lat] = coordinates as unknown[];
  if (typeof lon === "number" && typeof lat === "number") return [lon, lat, lon, lat];
  return coordinates.map(boundsOf).reduce(join, null);
}

function join(one: Bounds | null, other: Bounds | null): Bounds | null {
  if (!one || !other) return one ?? other;
  const [west, south, east, north] = one;
  return [Math.min(west, other[0]), Math.min(south, other[1]), Math.max(east, other[2]), Math.max(north, other[3])];
}

export function pointFeature<Properties extends object>({ lon, lat }: Point, properties: Properties) {
  return { type: "Feature" as const, properties, geometry: { type: "Point" as const, coordinates: [lon, lat] } };
}

export const collection = <Feature>(features: Feature[]) => ({ type: "FeatureCollection" as const, features });

const EARTH_RADIUS_M = 6_371_000;
const CORNERS = 48;

/** The circle within which the phone says that it was, as a polygon. */
export function accuracyFeature({ lon, lat, accuracy_m }: Point) {
  const degrees = (((accuracy_m ?? 0) / EARTH_RADIUS_M) * 180) / Math.PI;
  const ring = Array.from({ length: CORNERS + 1 }, (_, corner) => {
    const turn = (2 * Math.PI * corner) / CORNERS;
    return [lon + (degrees * Math.cos(turn)) / Math.cos((lat * Math.PI) / 180), lat + degrees * Math.sin(turn)];
  });
  return { type: "Feature" as const, properties: {}, geometry: { type: "Polygon" as const, coordinates: [ring] } };
}

/** A style that asks nobody for anything. */
export const styleOf = (sources: StyleSpecification["sources"], layers: StyleSpecification["layers"]) =>
  ({ version: 8, sources, layers }) satisfies StyleSpecification;

let outlines: Promise<Outlines> | undefined;

/** The districts' outlines, asked for once; after a failure the next one who needs them asks again. */
export function loadOutlines(): Promise<Outlines> {
  outlines ??= fetch("/v1/districts.geojson").then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json() as Promise<Outlines>;
  });
  outlines.catch(() => (outlines = undefined));
  return outlines;
}
