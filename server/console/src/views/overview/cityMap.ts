import type { StyleSpecification } from "maplibre-gl";
import type { DistrictFigures, FindingPoint } from "@/api/schema";
import { collection, pointFeature, styleOf, type Features, type Outlines } from "@/components/map/shapes";
import { colour } from "@/theme";
import { figureOf, topOf, type Figure } from "@/views/overview/figures";

/** Layers that answer the pointer. */
export const DISTRICT = "districts";
export const CLUSTER = "clusters";
export const FINDING = "findings";

/** Findings closer than this on the screen are one mark with a number. */
const CLUSTER_PX = 34;
const FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"];

/** The city with one figure as shades, and where findings were seen. */
export function drawCity(
  outlines: Outlines,
  districts: Map<string, DistrictFigures>,
  figure: Figure,
  chosen: string,
  points: FindingPoint[],
): StyleSpecification {
  const top = topOf([...districts.values()], figure);
  const shaded = outlines.features.map((feature) => {
    const { code } = feature.properties;
    const district = districts.get(code);
    const value = district ? figureOf(district, figure) : null;
    const share = value == null ? {} : { share: value / top };
    return { ...feature, properties: { code, chosen: code === chosen, ...share } };
  });
  const names = outlines.features.map(({ properties: { code, name, center } }) =>
    pointFeature({ lon: center[0], lat: center[1] }, { name: districts.get(code)?.short ?? name }),
  );
  const found = points.map(({ point, inspection, item, place }) => pointFeature(point, { inspection, item, place }));
  const mark = { "circle-color": colour("map-mark"), "circle-stroke-color": colour("card") };
  return styleOf(
    {
      districts: { type: "geojson", data: collection(shaded) as Features },
      names: { type: "geojson", data: collection(names) as Features },
      findings: { type: "geojson", data: collection(found) as Features, cluster: true, clusterRadius: CLUSTER_PX },
    },
    [
      { id: "ground", type: "background", paint: { "background-color": colour("sunk") } },
      {
        id: DISTRICT,
        type: "fill",
        source: "districts",
        paint: {
          "fill-color": [
            "case",
            ["has", "share"],
            ["interpolate", ["linear"], ["get", "share"], 0, colour("map-low"), 1, colour("map-high")],
            colour("map-empty"),
          ],
        },
      },
      {
        id: "borders",
        type: "line",
        source: "districts",
        paint: { "line-color": colour("card"), "line-width": 1.2 },
      },
      {
        id: "chosen",
        type: "line",
        source: "districts",
        filter: ["get", "chosen"],
        paint: { "line-color": colour("ink"), "line-width": 2.4 },
      },
      {
        id: "names",
        type: "symbol",
        source: "names",
        layout: {
          "text-field": ["get", "name"],
          "text-font": FONTS,
          "text-size": 12,
          "text-padding": 0,
          "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
          "text-radial-offset": 0.5,
        },
        paint: { "text-color": colour("ink"), "text-halo-color": colour("card"), "text-halo-width": 1.6 },
      },
      {
        id: CLUSTER,
        type: "circle",
        source: "findings",
        filter: ["has", "point_count"],
        paint: {
          ...mark,
          "circle-radius": ["interpolate", ["linear"], ["get", "point_count"], 2, 10, 50, 17, 1000, 24],
          "circle-stroke-width": 1.5,
        },
      },
      {
        id: "counts",
        type: "symbol",
        source: "findings",
        filter: ["has", "point_count"],
        layout: {
          "text-field": ["get", "point_count_abbreviated"],
          "text-font": FONTS,
          "text-size": 12,
          "text-allow-overlap": true,
        },
        paint: { "text-color": colour("card") },
      },
      {
        id: FINDING,
        type: "circle",
        source: "findings",
        filter: ["!", ["has", "point_count"]],
        paint: { ...mark, "circle-radius": 5.5, "circle-stroke-width": 1.5 },
      },
    ],
  );
}
