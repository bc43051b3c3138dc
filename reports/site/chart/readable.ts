import { h, svg, type Child } from '../element.ts';
import { remember } from '../route.ts';
import type { Point } from '../series.ts';
import { scrollToNight } from './frame.ts';
import type { TrendDrawing } from './trend.ts';

/** Browsers take only some changes of the address a second: an arrow key that is held down is written once it rests. */
const REST_MS = 250;

/**
 * The chart with a night in words below it. A pointer shows the night under it; the arrow keys and a click choose one, which then stands in the address.
 * @param chosen id of the run that the address names
 * @param words of the night at this place
 */
export function readable(drawn: TrendDrawing, points: readonly Point[], chosen: string | null, words: (index: number) => Child): HTMLElement {
  const cursor = svg('line', { class: 'cursor', x1: -10, x2: -10, y1: drawn.top, y2: drawn.bottom });
  drawn.element.append(cursor);
  const readout = h('output', { class: 'readout', 'aria-live': 'polite' });
  const box = h('div', { tabindex: '0', role: 'group', 'aria-label': 'Chart; left and right arrow keys read out each night' }, drawn.element);
  let at = points.findIndex(({ night }) => night.id === chosen);
  let resting: ReturnType<typeof setTimeout> | undefined;
  const show = (index: number): void => {
    const px = index < 0 ? -10 : drawn.x(index);
    cursor.setAttribute('x1', String(px));
    cursor.setAttribute('x2', String(px));
    cursor.classList.toggle('set', index >= 0);
    readout.replaceChildren(h('span', {}, index < 0 ? null : words(index)));
  };
  const choose = (index: number): void => {
    at = index;
    show(at);
    const frame = box.closest('.chart-frame');
    if (frame !== null) scrollToNight(frame);
    clearTimeout(resting);
    resting = setTimeout(() => { if (box.isConnected) remember({ at: points[at]?.night.id ?? null }); }, REST_MS);
  };
  const under = (event: MouseEvent): number => {
    const bounds = drawn.element.getBoundingClientRect();
    const px = ((event.clientX - bounds.left) / bounds.width) * drawn.width;
    const distances = points.map((_, i) => Math.abs(drawn.x(i) - px));
    return distances.indexOf(Math.min(...distances));
  };
  box.addEventListener('pointermove', (event) => { show(under(event)); });
  box.addEventListener('pointerleave', () => { show(at); });
  box.addEventListener('click', (event) => { choose(under(event)); });
  box.addEventListener('keydown', (event) => {
    const from = at < 0 ? points.length : at;
    const moves: Readonly<Record<string, number>> = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: points.length - 1 };
    const to = moves[event.key];
    if (to === undefined || points.length === 0) return;
    event.preventDefault();
    choose(Math.min(points.length - 1, Math.max(0, to)));
  });
  show(at);
  return h('div', {}, box, readout);
}
