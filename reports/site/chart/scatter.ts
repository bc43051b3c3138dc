import { NUMBER_FORMAT } from '../../../src/report/number.ts';
import { oneLine, shortened } from '../../../src/report/plain-text.ts';
import { svg } from '../element.ts';
import { count } from '../words.ts';
import { niceScale, tickTexts } from './scale.ts';
import { symbol } from './symbol.ts';

export interface ScatterPoint {
  readonly label: string;
  readonly group: number;
  readonly x: Bounded;
  readonly y: Bounded;
  readonly onFront: boolean;
}

interface Bounded {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

const WIDTH = 760;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 24;
const TOP = 18;
const BOTTOM = 48;
const NAMED = 10;
/** Of a letter of 12 pixels, on average. */
const LETTER_PX = 6.4;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function range(values: readonly Bounded[]): readonly [number, number] {
  const ends = values.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return low >= 0 && low < 0.6 * high ? [0, high] : [low - 0.05 * (high - low), high + 0.05 * (high - low)];
}

/** Two metrics against each other with their intervals, and the Pareto front as a dashed line. */
export function scatter(points: readonly ScatterPoint[], xName: string, yName: string): SVGElement {
  const x = niceScale(...range(points.map((point) => point.x)), LEFT, WIDTH - RIGHT, 7);
  const y = niceScale(...range(points.map((point) => point.y)), HEIGHT - BOTTOM, TOP, 6);
  const front = points.filter(({ onFront }) => onFront).sort((a, b) => a.x.value - b.x.value);
  const xTexts = tickTexts(x.ticks);
  const yTexts = tickTexts(y.ticks);
  const bars = points.flatMap((point) => [
    point.x.low === null || point.x.high === null ? [] : svg('line', { class: `s${point.group % 7}`, x1: x.at(point.x.low), x2: x.at(point.x.high), y1: y.at(point.y.value), y2: y.at(point.y.value) }),
    point.y.low === null || point.y.high === null ? [] : svg('line', { class: `s${point.group % 7}`, y1: y.at(point.y.low), y2: y.at(point.y.high), x1: x.at(point.x.value), x2: x.at(point.x.value) }),
  ]).flat();
  return svg('svg', { class: 'plot narrow', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${yName} against ${xName}, ${count(points.length, 'case', 'cases')}; on the Pareto front: ${front.slice(0, NAMED).map(({ label }) => oneLine(label)).join('; ') || 'none'}` },
    x.ticks.map((tick, i) => [svg('line', { class: 'grid', x1: x.at(tick), x2: x.at(tick), y1: TOP, y2: HEIGHT - BOTTOM }), svg('text', { x: x.at(tick), y: HEIGHT - BOTTOM + 17, 'text-anchor': 'middle' }, xTexts[i] ?? '')]),
    y.ticks.map((tick, i) => [svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y.at(tick), y2: y.at(tick) }), svg('text', { x: LEFT - 8, y: y.at(tick) + 4, 'text-anchor': 'end' }, yTexts[i] ?? '')]),
    svg('text', { class: 'axis-name', x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 8, 'text-anchor': 'middle' }, xName),
    svg('text', { class: 'axis-name', transform: `translate(15 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)`, 'text-anchor': 'middle' }, yName),
    svg('polyline', { class: 'front', points: front.map((point) => `${x.at(point.x.value)},${y.at(point.y.value)}`).join(' ') }), bars,
    points.map((point) => symbol(point.group, x.at(point.x.value), y.at(point.y.value), point.onFront ? 'on-front' : 'off-front')),
    points.map((point) => svg('circle', { cx: x.at(point.x.value), cy: y.at(point.y.value), r: 9, fill: 'transparent' }, svg('title', {}, `${point.label}: ${xName} ${NUMBER_FORMAT.value(point.x)}, ${yName} ${NUMBER_FORMAT.value(point.y)}`))),
    names(front, points, x.at, y.at).map(({ px, py, anchor, text }) => svg('text', { class: 'mark-name', x: px, y: py, 'text-anchor': anchor }, text)));
}

interface Name {
  readonly px: number;
  readonly py: number;
  readonly anchor: 'start' | 'end';
  readonly text: string;
}

/** Names of the points on the front, each where it covers neither a mark nor another name; one that finds no such place is in the table only. */
function names(front: readonly ScatterPoint[], points: readonly ScatterPoint[], x: (value: number) => number, y: (value: number) => number): readonly Name[] {
  const taken: Box[] = points.map((point) => ({ left: x(point.x.value) - 7, right: x(point.x.value) + 7, top: y(point.y.value) - 7, bottom: y(point.y.value) + 7 }));
  return front.flatMap((point): Name[] => {
    const text = shortened(oneLine(point.label), 34);
    const width = text.length * LETTER_PX;
    for (const [dx, dy] of [[10, 16], [10, -8], [-10, 16], [-10, -8], [10, 30], [10, -22]] as const) {
      const [px, py] = [x(point.x.value) + dx, y(point.y.value) + dy];
      const box = { left: dx > 0 ? px : px - width, right: dx > 0 ? px + width : px, top: py - 11, bottom: py + 3 };
      if (box.left < LEFT || box.right > WIDTH || box.top < 0 || box.bottom > HEIGHT - BOTTOM || taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)) continue;
      taken.push(box);
      return [{ px, py, anchor: dx > 0 ? 'start' : 'end', text }];
    }
    return [];
  });
}
