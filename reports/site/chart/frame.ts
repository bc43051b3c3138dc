import { h, type Child } from '../element.ts';
import { foldedTable, type Column } from '../table.ts';

export interface FigureParts {
  readonly title: string;
  readonly note: Child;
  /** Scrolls where it is wider than the page; one that takes the keyboard's focus itself keeps its place in sight itself. */
  readonly chart: Element;
  readonly legend?: readonly (readonly [Child, string])[];
  readonly tableTitle: string;
  readonly columns: readonly Column[];
  readonly rows: () => readonly (readonly Child[])[];
}

/** On a narrow screen a course is wider than its frame: shows the night that was chosen there, else the newest end. */
export function scrollToNight(frame: Element): void {
  const cursor = frame.querySelector('.cursor.set');
  if (cursor === null) frame.scrollLeft = frame.scrollWidth;
  else frame.scrollLeft += cursor.getBoundingClientRect().left - frame.getBoundingClientRect().left - frame.clientWidth / 2;
}

/** A chart with its name, what its marks mean, and the table of what it shows. One a view: its table is named in the address. */
export function figure({ title, note, chart, legend = [], tableTitle, columns, rows }: FigureParts): HTMLElement {
  return h('figure', { class: 'chart' }, h('figcaption', {}, h('strong', { class: 'figure-title' }, title), note === null ? null : h('p', {}, note)), h('div', { class: 'chart-frame', role: 'region', 'aria-label': title, tabindex: chart.querySelector('[tabindex="0"]') === null ? '0' : null }, chart),
    legend.length === 0 ? null : h('ul', { class: 'legend' }, legend.map(([sign, meaning]) => h('li', {}, sign, ' ', meaning))), foldedTable('numbers', tableTitle, columns, rows));
}
