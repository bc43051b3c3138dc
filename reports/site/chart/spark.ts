import type { EventKind } from '../../../src/domain/event.ts';
import type { Point } from '../series.ts';
import { h, svg } from '../element.ts';
import { plainScale } from './scale.ts';

const WIDTH = 250;
const HEIGHT = 64;
const EDGE = 5;

/** A small course of a series: valid nights as a line, a mark where the new level began. */
export function spark(points: readonly Point[], metric: string, mark: { readonly runId: string; readonly kind: EventKind } | null, description: string): Element {
  const valid = points.flatMap((point, i) => {
    const value = point.values.get(metric)?.value;
    return point.state === 'ok' && value !== undefined ? [{ i, value, id: point.night.id }] : [];
  });
  if (valid.length < 2) return h('small', {}, 'too few nights to draw');
  const values = valid.map(({ value }) => value);
  const x = plainScale(0, points.length - 1, EDGE, WIDTH - EDGE);
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const y = least === greatest ? plainScale(least - 1, least + 1, HEIGHT - EDGE, EDGE) : plainScale(least, greatest, HEIGHT - EDGE, EDGE);
  const at = valid.find(({ id }) => id === mark?.runId);
  const last = valid.at(-1);
  return svg('svg', { class: 'plot spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': description },
    at === undefined ? null : svg('line', { class: `event-line ${mark?.kind ?? ''}`, x1: x.at(at.i), x2: x.at(at.i), y1: 0, y2: HEIGHT, 'vector-effect': 'non-scaling-stroke' }),
    svg('polyline', { class: 'line', points: valid.map(({ i, value }) => `${x.at(i)},${y.at(value)}`).join(' '), 'vector-effect': 'non-scaling-stroke' }),
    last === undefined ? null : svg('circle', { class: 'dot', cx: x.at(last.i), cy: y.at(last.value), r: 3 }));
}
