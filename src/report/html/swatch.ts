import { seriesStyle, themed } from '../chart/ink.ts';

/** The mark of the n-th series, for legends. */
export function swatch(index: number): string {
  const { color, symbol } = seriesStyle(index);
  const shapes: Readonly<Record<string, string>> = { circle: '<circle cx="7" cy="6" r="5"/>', rect: '<path d="M2 1h10v10H2z"/>', triangle: '<path d="M7 0l6 11H1z"/>', diamond: '<path d="M7 0l5 6-5 6-5-6z"/>', roundRect: '<rect x="2" y="1" width="10" height="10" rx="3"/>', pin: '<path d="M7 12L3 5a4 4 0 1 1 8 0z"/>', arrow: '<path d="M7 0l5 12-5-3-5 3z"/>' };
  return themed(`<svg width="16" height="12" aria-hidden="true" fill="${color}">${shapes[symbol] ?? ''}</svg>`);
}
