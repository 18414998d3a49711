import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { colour, isDark } from "@/theme";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

export { init };

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", Arial, sans-serif';

/** What charts are drawn with; a canvas cannot read the style sheet's variables itself. */
export function palette() {
  // Read by whoever depends on the theme.
  void isDark.value;
  return {
    ink2: colour("ink-2"),
    line: colour("line"),
    bar: colour("chart-bar"),
    second: colour("chart-line"),
    tip: { backgroundColor: colour("card"), borderColor: colour("line"), textStyle: { color: colour("ink") } },
    font: FONT,
  };
}
