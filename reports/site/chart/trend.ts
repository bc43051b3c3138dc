import type { EnvironmentSign } from '../surroundings.ts';
import { svg } from '../element.ts';
import type { Level, Mark } from '../levels.ts';
import type { Point } from '../series.ts';
import { figures, laneName, type Ends } from './ends.ts';
import { niceScale, plainScale, tickTexts } from './scale.ts';

const WIDTH = 1080;
const LEFT = 74;
const RIGHT = 56;
const ENDS: Ends = [LEFT, WIDTH - RIGHT];
const TOP = 34;
const MAIN = 300;
const LANE = 46;
const STATES = 14;
const DATE_GAP = 82;
/** A value this far outside the middle (in spans of the 2 % to 98 % range) lies beyond the chart's edge, so that one spike doesn't flatten a year; an arrow there says so. */
const HEADROOM = 0.6;

export interface TrendParts {
  readonly points: readonly Point[];
  readonly metric: string;
  readonly axisName: string;
  readonly levels: readonly Level[];
  readonly marks: readonly Mark[];
  readonly signs: readonly EnvironmentSign[];
  /** Standard deviation of the logarithms; null where it is not known. */
  readonly noiseSd: number | null;
  readonly incidents: ReadonlySet<number>;
  readonly description: string;
}

/** Something of the device's state, drawn below the values. */
export interface Lane {
  readonly name: string;
  readonly read: (point: Point) => number | null;
}

/** The lanes that these nights tell something in. */
export function lanesOf(points: readonly Point[]): readonly Lane[] {
  return LANES.filter(({ name, read }) => points.some((point) => (read(point) ?? 0) > 0 || (name.includes('temperature') && read(point) !== null)));
}

/** A figure of a lane, with as many digits as are of use. */
export function laneFigure(value: number): string {
  return Math.abs(value) >= 10 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}

const LANES: readonly Lane[] = [
  { name: 'highest temperature, °C', read: (point) => point.temperatureMaxC }, { name: 'throttling events', read: (point) => point.throttleEvents },
  { name: 'highest CPU pressure, %', read: (point) => (point.cpuPressureMax === null ? null : 100 * point.cpuPressureMax) }, { name: 'steal, %', read: (point) => (point.stealMean === null ? null : 100 * point.stealMean) },
];

/** The drawing, and where each night stands in it. */
export interface TrendDrawing {
  readonly element: SVGElement;
  readonly x: (index: number) => number;
  readonly width: number;
  /** Where the values begin and end, px. */
  readonly top: number;
  readonly bottom: number;
  /** Nights whose value lies beyond the chart's edge. */
  readonly beyond: number;
}

/** A series night after night: values with their intervals, levels with the noise about them, what changed, what became of each night, and the device's state below on the same axis. */
export function trend(parts: TrendParts): TrendDrawing {
  const { points, metric } = parts;
  const times = points.map(({ night }) => Date.parse(night.startedAt));
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const step = Math.min(40, ((WIDTH - LEFT - RIGHT) / Math.max(1, last - first + usualGap(times))) * usualGap(times));
  const scale = plainScale(first, last === first ? first + 1 : last, LEFT + step / 2, WIDTH - RIGHT - step / 2);
  const x = { at: (i: number): number => scale.at(times[i] ?? first) };
  const y = valueScale(parts);
  const clipped = (value: number): number => Math.min(Math.max(y.at(value), TOP), TOP + MAIN);
  const isBeyond = (value: number): boolean => value > y.high || value < y.low;
  const lanes = lanesOf(points);
  const lanesTop = TOP + MAIN + STATES + 44;
  const height = lanesTop + lanes.length * LANE + 4;
  const element = svg('svg', { class: 'plot', viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': parts.description },
    [...parts.incidents].map((i) => svg('rect', { class: 'incident', x: x.at(i) - Math.max(3, step / 2), y: TOP, width: Math.max(6, step), height: height - TOP }, svg('title', {}, 'device incident'))),
    y.ticks.map((tick) => svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y.at(tick), y2: y.at(tick) })), figures(ENDS, tickTexts(y.ticks).map((text, i) => [text, y.at(y.ticks[i] ?? 0) + 4])),
    svg('text', { class: 'axis-name', transform: `translate(15 ${TOP + MAIN / 2}) rotate(-90)`, 'text-anchor': 'middle' }, parts.axisName),
    parts.noiseSd === null ? null : parts.levels.map(({ from, to, value }) => {
      const factor = Math.exp(2 * (parts.noiseSd ?? 0));
      return svg('rect', { class: 'floor', x: x.at(from) - step / 2, width: Math.max(1, x.at(to - 1) - x.at(from) + step), y: clipped(value * factor), height: Math.max(1, clipped(value / factor) - clipped(value * factor)) });
    }),
    parts.levels.map(({ from, to, value }) => svg('line', { class: 'level', x1: x.at(from) - step / 2, x2: x.at(to - 1) + step / 2, y1: clipped(value), y2: clipped(value) })),
    runsOf(points, metric).flatMap((run) => [
      svg('polygon', { class: 'band', points: [...run.map(({ i, value }) => `${x.at(i)},${clipped(value.high ?? value.value)}`), ...run.toReversed().map(({ i, value }) => `${x.at(i)},${clipped(value.low ?? value.value)}`)].join(' ') }),
      svg('polyline', { class: 'line', points: run.map(({ i, value }) => `${x.at(i)},${clipped(value.value)}`).join(' ') }),
    ]),
    points.flatMap((point, i) => {
      const value = point.values.get(metric);
      if (value === undefined) return [];
      return [isBeyond(value.value) ? arrow(x.at(i), value.value > y.high ? 'up' : 'down', point.state) : svg('circle', { class: point.state === 'ok' ? 'dot' : 'struck', cx: x.at(i), cy: y.at(value.value), r: point.state === 'ok' ? (points.length > 150 ? 1.6 : 2.6) : 4 })];
    }),
    parts.marks.map(({ at, event, kind }) => {
      const px = x.at(at) - step / 2;
      return [svg('line', { class: `event-line ${kind === 'fixed' ? 'fixed' : event.kind}`, x1: px, x2: px, y1: TOP - 6, y2: TOP + MAIN }), svg('text', { class: 'mark-name', x: px + (px > WIDTH * 0.8 ? -4 : 4), y: TOP - 10, 'text-anchor': px > WIDTH * 0.8 ? 'end' : 'start' }, kind === 'fixed' ? `${event.id} fixed` : `${event.id} ${event.kind}`)];
    }),
    parts.signs.map(({ at, letter, words }) => {
      const px = x.at(at) - step / 2;
      return svg('g', {}, svg('title', {}, words), svg('line', { class: 'environment-line', x1: px, x2: px, y1: TOP, y2: TOP + MAIN + STATES + 6 }), svg('text', { class: 'mark-name', x: px, y: TOP + MAIN + STATES + 20, 'text-anchor': 'middle' }, letter));
    }),
    points.map((point, i) => svg('rect', { class: `state-${point.state}`, x: x.at(i) - Math.max(1, step / 2 - 0.5), y: TOP + MAIN + 6, width: Math.max(1.5, step - 1), height: STATES - 6 }, svg('title', {}, `${point.night.startedAt.slice(0, 10)}: ${point.state}`))),
    dates(points, x.at).map(({ px, text }) => svg('text', { x: px, y: TOP + MAIN + STATES + 36, 'text-anchor': 'middle' }, text)),
    lanes.map((lane, k) => drawLane(lane, points, x.at, lanesTop + k * LANE)));
  return { element, x: x.at, width: WIDTH, top: TOP, bottom: TOP + MAIN, beyond: points.filter((point) => isBeyond(point.values.get(metric)?.value ?? y.low)).length };
}

/** Stands at the chart's edge for a value that lies beyond it. */
function arrow(px: number, way: 'up' | 'down', state: Point['state']): SVGElement {
  const [edge, base] = way === 'up' ? [TOP, TOP + 9] : [TOP + MAIN, TOP + MAIN - 9];
  return svg('path', { class: state === 'ok' ? 'dot' : 'struck', d: `M${px} ${edge}L${px + 5} ${base}H${px - 5}z` });
}

function valueScale({ points, metric, levels }: TrendParts): ReturnType<typeof niceScale> {
  // What does not count sets no scale, unless there is nothing else.
  const counting = points.filter((point) => point.state === 'ok' && point.values.has(metric));
  const all = (counting.length > 0 ? counting : points).flatMap((point) => {
    const value = point.values.get(metric);
    return value === undefined ? [] : [value.low ?? value.value, value.high ?? value.value];
  }).sort((a, b) => a - b);
  if (all.length === 0) return niceScale(0, 1, TOP + MAIN, TOP, 6);
  const at = (share: number): number => all[Math.min(all.length - 1, Math.floor(share * all.length))] ?? 0;
  const span = at(0.98) - at(0.02);
  const low = Math.min(Math.max(all[0] ?? 0, at(0.02) - HEADROOM * span), ...levels.map(({ value }) => value));
  const high = Math.max(Math.min(all.at(-1) ?? 1, at(0.98) + HEADROOM * span), ...levels.map(({ value }) => value));
  return niceScale(low, high, TOP + MAIN, TOP, 6);
}

/** Stretches of valid nights: a line does not run across nights that were not valid. */
function runsOf(points: readonly Point[], metric: string): readonly { readonly i: number; readonly value: { readonly value: number; readonly low: number | null; readonly high: number | null } }[][] {
  const runs: { i: number; value: { value: number; low: number | null; high: number | null } }[][] = [[]];
  points.forEach((point, i) => {
    const value = point.values.get(metric);
    if (point.state === 'ok' && value !== undefined) runs.at(-1)?.push({ i, value });
    else if ((runs.at(-1)?.length ?? 0) > 0) runs.push([]);
  });
  return runs.filter((run) => run.length > 0);
}

/** The usual time between two nights, ms: a day, mostly. */
function usualGap(times: readonly number[]): number {
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? time)).sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? 86_400_000;
}

/** Nights closer than this are told apart by their times. */
const CLOSE_MS = 12 * 3_600_000;

/** Dates under the nights, as many as find room; times where they are hours apart. */
function dates(points: readonly Point[], x: (i: number) => number): readonly { readonly px: number; readonly text: string }[] {
  const found: { px: number; text: string }[] = [];
  const isClose = usualGap(points.map(({ night }) => Date.parse(night.startedAt))) < CLOSE_MS;
  let before = '';
  points.forEach(({ night: { startedAt } }, i) => {
    const px = Math.min(Math.max(x(i), LEFT + 22), WIDTH - RIGHT - 22);
    if (px - (found.at(-1)?.px ?? -DATE_GAP) < DATE_GAP) return;
    const date = new Date(startedAt).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC', ...(points.length > 300 ? { year: '2-digit' } : {}) });
    const time = startedAt.slice(11, 16);
    found.push({ px, text: !isClose ? date : date === before ? time : `${date} ${time}` });
    before = date;
  });
  return found;
}

function drawLane({ name, read }: Lane, points: readonly Point[], x: (i: number) => number, top: number): Element {
  const values = points.flatMap((point, i) => {
    const value = read(point);
    return value === null ? [] : [{ i, value }];
  });
  const [least, greatest] = [Math.min(...values.map(({ value }) => value)), Math.max(...values.map(({ value }) => value))];
  const low = name.includes('temperature') ? least : 0;
  const y = plainScale(low, greatest === low ? low + 1 : greatest, top + LANE - 6, top + 18);
  return svg('g', {}, laneName(ENDS, name, top + 11), figures(ENDS, [[laneFigure(greatest), top + 24], [laneFigure(low), top + LANE - 4]]),
    svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: top + LANE - 6, y2: top + LANE - 6 }), svg('polyline', { class: 'thin', points: values.map(({ i, value }) => `${x(i)},${y.at(value)}`).join(' ') }));
}
