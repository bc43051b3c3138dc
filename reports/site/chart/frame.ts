import { h, type Child } from '../element.ts';
import { foldedTable, type Column } from '../table.ts';

export interface FigureParts {
  readonly title: string;
  readonly note: Child;
  readonly chart: Child;
  readonly legend?: readonly (readonly [Child, string])[];
  readonly tableTitle: string;
  readonly columns: readonly Column[];
  readonly rows: () => readonly (readonly Child[])[];
}

/** A chart with its name, what its marks mean, and the table of what it shows. */
export function figure({ title, note, chart, legend = [], tableTitle, columns, rows }: FigureParts): HTMLElement {
  return h('figure', { class: 'chart' }, h('figcaption', {}, h('h5', {}, title), note === null ? null : h('p', {}, note)), h('div', { class: 'chart-frame', tabindex: '0', role: 'region', 'aria-label': title }, chart),
    legend.length === 0 ? null : h('ul', { class: 'legend' }, legend.map(([sign, meaning]) => h('li', {}, sign, ' ', meaning))), foldedTable(tableTitle, columns, rows));
}
