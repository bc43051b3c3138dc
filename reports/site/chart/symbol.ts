import { svg } from '../element.ts';

const COLOURS = 7;
const SHAPES: readonly ((r: number) => string)[] = [
  (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`, (r) => `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`, (r) => `M0 ${-r * 1.15}L${r * 1.1} ${r * 0.85}H${-r * 1.1}z`,
  (r) => `M0 ${-r * 1.25}L${r * 1.25} 0L0 ${r * 1.25}L${-r * 1.25} 0z`, (r) => `M0 ${r * 1.15}L${r * 1.1} ${-r * 0.85}H${-r * 1.1}z`,
];

/** The mark of the n-th group: Okabe and Ito's colours, another shape each, so that they are told apart without colour. */
export function symbol(index: number, x: number, y: number, extra: string, radius = 5.5): SVGElement {
  const shape = SHAPES[(index + Math.floor(index / COLOURS)) % SHAPES.length] ?? SHAPES[0];
  return svg('path', { class: `s${index % COLOURS} ${extra}`, d: shape?.(radius) ?? '', transform: `translate(${x} ${y})` });
}

/** The same for a legend. */
export function symbolSign(index: number): SVGElement {
  return svg('svg', { class: 'plot', viewBox: '0 0 14 12', 'aria-hidden': 'true' }, symbol(index, 7, 6, '', 4.5));
}
