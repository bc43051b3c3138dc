import { oneLine, shortened } from '../plain-text.ts';
import { CHART_FONT_PX, valueAxis } from './axis.ts';
import type { Chart } from './draw.ts';
import { ink, seriesStyle } from './ink.ts';

/** One case in a trade-off: what it costs on both axes, and which series (variant) it belongs to. */
export interface TradeOffPoint {
  readonly label: string;
  readonly series: number;
  readonly x: number;
  readonly y: number;
  /** 95 % intervals, where there are any. */
  readonly xEnds: readonly [number, number] | null;
  readonly yEnds: readonly [number, number] | null;
  /** On the Pareto front: nothing is better on both axes. */
  readonly onFront: boolean;
}

const WIDTH_PX = 350;
const HEIGHT_PX = 270;

/** Scatter of two metrics with the Pareto front as a dashed line; points on the front are named. */
export function tradeOff(xName: string, yName: string, points: readonly TradeOffPoint[], axes: { readonly xFromZero: boolean; readonly yFromZero: boolean; readonly yBetter: 'lower' | 'higher' | null }): Chart {
  const front = points.filter((point) => point.onFront).sort((a, b) => a.x - b.x || a.y - b.y);
  const middle = (Math.max(...points.map((point) => point.x)) + (axes.xFromZero ? 0 : Math.min(...points.map((point) => point.x)))) / 2;
  return {
    width: WIDTH_PX, height: HEIGHT_PX,
    description: `${yName} against ${xName}, ${points.length} cases; on the Pareto front: ${front.slice(0, 8).map((point) => oneLine(point.label)).join(', ') || 'none'}`,
    option: {
      grid: { left: 58, right: 18, top: 22, bottom: 46 },
      xAxis: { ...valueAxis(xName), min: axes.xFromZero ? 0 : undefined, scale: !axes.xFromZero, boundaryGap: ['5%', '12%'] },
      yAxis: { ...valueAxis(yName), nameGap: 44, min: axes.yFromZero ? 0 : undefined, scale: !axes.yFromZero, boundaryGap: axes.yFromZero ? [0, '12%'] : ['12%', '12%'] },
      series: [
        { type: 'line', silent: true, symbol: 'none', z: 1, lineStyle: { color: ink('front'), width: 1.5, type: 'dashed' }, data: front.map((point) => [point.x, point.y]), emphasis: { disabled: true } },
        ...points.flatMap((point) => [
          ...(point.xEnds === null ? [] : [[[point.xEnds[0], point.y], [point.xEnds[1], point.y]]]), ...(point.yEnds === null ? [] : [[[point.x, point.yEnds[0]], [point.x, point.yEnds[1]]]]),
        ].map((data) => ({ type: 'line', silent: true, symbol: 'none', z: 1, data, lineStyle: { color: seriesStyle(point.series).color, width: 1.25, opacity: point.onFront ? 0.8 : 0.35 }, emphasis: { disabled: true } }))),
        {
          type: 'scatter', silent: true, z: 2, emphasis: { disabled: true },
          // The front runs between its points: the names stand on its other side.
          data: points.map((point) => {
            const { color, symbol } = seriesStyle(point.series);
            return {
              value: [point.x, point.y], symbol, symbolSize: 11,
              itemStyle: { color, opacity: point.onFront ? 1 : 0.4 },
              label: { show: point.onFront && front.length <= 6, position: (front.indexOf(point) < front.length / 2) === (axes.yBetter === 'higher') ? 'bottom' : 'top', align: point.x > middle ? 'right' : 'left', formatter: shortened(oneLine(point.label), 26), color: ink('text'), fontSize: CHART_FONT_PX, textBorderWidth: 0, distance: 6 },
            };
          }),
        },
      ],
    },
  };
}
