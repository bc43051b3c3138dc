import { svg } from '../element.ts';

/** Where a chart's axes stand, px. */
export type Ends = readonly [left: number, right: number];

/** Figures of an axis at both of its ends: on a narrow screen, which shows the newest nights, only the right one is in sight. */
export function figures([left, right]: Ends, values: readonly (readonly [text: string, y: number])[]): readonly SVGElement[] {
  return values.flatMap(([text, y]) => [svg('text', { x: left - 8, y, 'text-anchor': 'end' }, text), svg('text', { x: right + 8, y }, text)]);
}

/** The name of a lane of the chart; `far` is shown on a narrow screen only. */
export function laneName([left, right]: Ends, name: string, y: number): readonly SVGElement[] {
  return [svg('text', { class: 'axis-name near', x: left, y }, name), svg('text', { class: 'axis-name far', x: right, y, 'text-anchor': 'end' }, name)];
}
