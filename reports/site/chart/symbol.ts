import { svg } from '../element.ts';
import { symbolStyle } from './symbol-style.ts';

/** The mark of the n-th group. */
export function symbol(index: number, x: number, y: number, extra: string, radius = 5.5): SVGElement {
  const { colour, shape } = symbolStyle(index);
  return svg('path', { class: `s${colour} ${extra}`, d: shape(radius), transform: `translate(${x} ${y})` });
}

/** The same for a legend. */
export function symbolSign(index: number): SVGElement {
  return svg('svg', { class: 'plot', viewBox: '0 0 14 12', 'aria-hidden': 'true' }, symbol(index, 7, 6, '', 4.5));
}
