/**
 * Colours of charts. A chart is drawn once, with these stand-ins, and each becomes a CSS custom property of the page afterwards, so that one
 * drawing follows light and dark. The first two bytes mark a stand-in.
 */
const NAMES = ['text', 'muted', 'grid', 'surface', 'invalid', 'warm', 'accent', 'front', 'series-0', 'series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6'] as const;
export type InkName = (typeof NAMES)[number];

const MARK = '#0b0c';

/** The stand-in of a colour, for chart options. */
export function ink(name: InkName): string {
  return MARK + NAMES.indexOf(name).toString(16).padStart(2, '0');
}

/** Series colours in the page are after Okabe and Ito's palette, adapted to each background and to every eye; series also differ in shape. */
const SERIES = NAMES.filter((name) => name.startsWith('series-'));
const SHAPES = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin', 'arrow'] as const;

/** Colour and symbol of the n-th series; after seven, colours repeat with other symbols. */
export function seriesStyle(index: number): { readonly color: string; readonly symbol: string } {
  const name = SERIES[index % SERIES.length] ?? 'accent';
  return { color: ink(name), symbol: SHAPES[(index + Math.floor(index / SERIES.length)) % SHAPES.length] ?? 'circle' };
}

/** Drawn SVG text with every stand-in replaced by its custom property. */
export function themed(svg: string): string {
  return svg.replace(new RegExp(`${MARK}([0-9a-f]{2})`, 'g'), (whole, index: string) => {
    const name = NAMES[Number.parseInt(index, 16)];
    return name === undefined ? whole : `var(--chart-${name})`;
  });
}
