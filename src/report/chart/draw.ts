import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, MarkLineComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { escapeHtml } from '../escape-html.ts';
import { themed } from './ink.ts';

use([LineChart, ScatterChart, GridComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer]);

/** What a chart builder gives: options, size in CSS pixels, and the words that stand for the picture. */
export interface Chart {
  readonly option: EChartsCoreOption;
  readonly width: number;
  readonly height: number;
  readonly description: string;
}

/** Draws a chart as a stand-alone SVG element whose colours are custom properties of the page. `id` must be unique in the page. */
export function drawSvg(chart: Chart, id: string): string {
  const instance = init(null, null, { renderer: 'svg', ssr: true, width: chart.width, height: chart.height });
  try {
    instance.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...chart.option });
    return compact(instance.renderToSVGString(), chart, id);
  } finally {
    instance.dispose();
  }
}

/** Without what only an interactive chart needs, with ids of its own, a role and a name. */
function compact(svg: string, chart: Chart, id: string): string {
  const body = svg
    .replace(/^<svg[^>]*>/, '')
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/font-family:inherit;/g, '')
    .replace(/zr\d+-(c\d+)/g, `${id}-$1`)
    .replace(/ (?:d|transform|x|y)="[^"]*"/g, (geometry) => geometry.replace(/-?\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10)))
    .replace(/>\n+</g, '><');
  const open = `<svg viewBox="0 0 ${chart.width} ${chart.height}" width="${chart.width}" height="${chart.height}" style="min-width:${Math.round(0.92 * chart.width)}px;max-width:${Math.round(1.25 * chart.width)}px" role="img" aria-label="${escapeHtml(chart.description)}">`;
  return themed(open + body.trim());
}
