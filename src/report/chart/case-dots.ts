import type { Metric } from '../../domain/metric.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { oneLine, shortened } from '../plain-text.ts';
import { categoryAxis, valueAxis } from './axis.ts';
import type { Chart } from './draw.ts';
import { ink, seriesStyle } from './ink.ts';

/** One row of a dot-and-interval chart. An untrusted one is drawn hollow and grey. */
export interface CaseDot {
  readonly label: string;
  readonly metric: Metric;
  readonly trusted: boolean;
}

const ROW_PX = 30;
const WIDTH_PX = 520;
const LABEL_PX = 150;
const VALUE_PX = 134;

/** Value and 95 % interval of each case from zero, so that lengths compare. */
export function caseDots(axisName: string, dots: readonly CaseDot[]): Chart {
  const labels = dots.map((dot) => shortened(oneLine(dot.label), 60));
  const greatest = Math.max(...dots.map((dot) => Math.max(dot.metric.value, dot.metric.high ?? 0)));
  return {
    width: WIDTH_PX, height: dots.length * ROW_PX + 62,
    description: `${axisName} of ${dots.length} cases: ${dots.slice(0, 8).map((dot, i) => `${labels[i] ?? ''} ${NUMBER_FORMAT.quantity(dot.metric, dot.metric.unit)}${dot.trusted ? '' : ' (not trusted)'}`).join('; ')}`,
    option: {
      grid: { left: LABEL_PX + 12, right: VALUE_PX, top: 8, bottom: 46 },
      xAxis: { ...valueAxis(axisName), splitNumber: 3, min: 0, max: greatest > 0 ? undefined : 1 },
      yAxis: [
        categoryAxis(labels, LABEL_PX),
        { ...categoryAxis(dots.map((dot) => (dot.trusted ? NUMBER_FORMAT.quantity(dot.metric, dot.metric.unit) : 'not trusted')), null), position: 'right', axisLine: { show: false } },
      ],
      series: [
        ...dots.map((dot, row) => ({
          type: 'line', silent: true, symbol: 'rect', symbolSize: [1.5, 12], z: 2,
          data: dot.metric.low === null || dot.metric.high === null ? [] : [[dot.metric.low, row], [dot.metric.high, row]],
          lineStyle: { color: dotColor(dot), width: 2.5, type: dot.trusted ? 'solid' : 'dashed' }, itemStyle: { color: dotColor(dot) }, emphasis: { disabled: true },
        })),
        {
          type: 'scatter', silent: true, z: 3, emphasis: { disabled: true },
          data: dots.map((dot, row) => ({
            value: [dot.metric.value, row], symbol: dot.trusted ? 'circle' : 'diamond', symbolSize: dot.trusted ? 7 : 9,
            itemStyle: { color: dot.trusted ? dotColor(dot) : ink('surface'), borderColor: dotColor(dot), borderWidth: 1.5, opacity: 1 },
          })),
        },
      ],
    },
  };
}

function dotColor(dot: CaseDot): string {
  return dot.trusted ? seriesStyle(0).color : ink('invalid');
}
