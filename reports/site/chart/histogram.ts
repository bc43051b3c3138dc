import type { CaseDetail } from '../../../src/site/data.ts';
import { svg } from '../element.ts';
import { count } from '../words.ts';
import { niceScale, plainScale, tickTexts } from './scale.ts';

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 20;
const TOP = 34;
const MAIN = 210;
const LANE = 26;

export interface QuantileMark {
  readonly valueMs: number;
  readonly text: string;
}

/** How often each latency was seen, quantiles marked; below, each launch by itself, so that one that differs is seen. */
export function histogram({ bins, launchBins }: CaseDetail, marks: readonly QuantileMark[]): SVGElement | null {
  if (bins === null) return null;
  const { lowMs, widthMs, counts } = bins;
  const highMs = lowMs + widthMs * counts.length;
  const nice = niceScale(lowMs, highMs, 0, 1, 8);
  const x = plainScale(lowMs, highMs, LEFT, WIDTH - RIGHT);
  const ticks = nice.ticks.filter((tick) => tick >= lowMs && tick <= highMs);
  const bottom = TOP + MAIN;
  const y = niceScale(0, Math.max(...counts), bottom, TOP, 4);
  const yTexts = tickTexts(y.ticks);
  const xTexts = tickTexts(nice.ticks);
  const outline = (values: readonly number[], at: (value: number) => number): string => values.map((value, i) => `${i === 0 ? '' : 'L'}${x.at(lowMs + i * widthMs)} ${at(value)}L${x.at(lowMs + (i + 1) * widthMs)} ${at(value)}`).join('');
  const height = bottom + 46 + launchBins.length * LANE;
  const sorted = marks.filter(({ valueMs }) => valueMs >= lowMs && valueMs <= highMs);
  return svg('svg', { class: 'plot narrow', viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': `Distribution of ${count(bins.total, 'latency', 'latencies')}; ${marks.map(({ text }) => text).join(', ')}` },
    y.ticks.map((tick, i) => [svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y.at(tick), y2: y.at(tick) }), svg('text', { x: LEFT - 8, y: y.at(tick) + 4, 'text-anchor': 'end' }, yTexts[i] ?? '')]),
    ticks.map((tick) => svg('text', { x: x.at(tick), y: bottom + 17, 'text-anchor': 'middle' }, xTexts[nice.ticks.indexOf(tick)] ?? '')),
    svg('text', { class: 'axis-name', x: (LEFT + WIDTH - RIGHT) / 2, y: bottom + 36, 'text-anchor': 'middle' }, 'latency, ms'),
    svg('text', { class: 'axis-name', transform: `translate(15 ${(TOP + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' }, 'inferences'),
    svg('path', { class: 'bar-fill', d: `M${x.at(lowMs)} ${bottom}L${outline(counts, y.at)}L${x.at(highMs)} ${bottom}z` }), svg('path', { class: 'bar-line', d: `M${outline(counts, y.at)}` }),
    sorted.map(({ valueMs, text }, i) => [
      svg('line', { class: 'mean-line', x1: x.at(valueMs), x2: x.at(valueMs), y1: TOP - 4 - 14 * (sorted.length > 1 ? (sorted.length - 1 - i) % 2 : 0), y2: bottom, 'stroke-dasharray': ['0', '5 3', '2 3'][i % 3] ?? '0' }),
      svg('text', { class: 'mark-name', x: x.at(valueMs) + (x.at(valueMs) > WIDTH * 0.7 ? -4 : 4), y: TOP - 8 - 14 * (sorted.length > 1 ? (sorted.length - 1 - i) % 2 : 0), 'text-anchor': x.at(valueMs) > WIDTH * 0.7 ? 'end' : 'start' }, text),
    ]),
    launchBins.map(({ counts: own }, i) => {
      const base = bottom + 46 + (i + 1) * LANE - 4;
      const lane = plainScale(0, Math.max(1, ...own), base, base - LANE + 6);
      return [svg('text', { x: LEFT - 8, y: base - 3, 'text-anchor': 'end' }, `launch ${i + 1}`), svg('path', { class: 'bar-fill', d: `M${x.at(lowMs)} ${base}L${outline(own, lane.at)}L${x.at(highMs)} ${base}z` }), svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: base, y2: base })];
    }));
}
