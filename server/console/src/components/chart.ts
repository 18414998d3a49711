import { BarChart, LineChart, MapChart } from "echarts/charts";
import { GeoComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, registerMap, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart,
  LineChart,
  MapChart,
  GeoComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
]);

export { init, registerMap };

/** Canvas cannot read the style sheet's variables; these are the same colours. */
export const CHART = {
  ink: "#16202e",
  ink2: "#3d4757",
  line: "#d5dbe4",
  empty: "#e9edf3",
  blues: ["#dce7f5", "#b5cce9", "#84a9d6", "#4f7fbb", "#1b4f9c"],
  bar: "#1b4f9c",
  second: "#b4541a",
  font: '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", Arial, sans-serif',
};
