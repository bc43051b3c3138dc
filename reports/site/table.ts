import { disclosure } from './disclosure.ts';
import { h, type Child } from './element.ts';
import { choose, readRoute } from './route.ts';

export interface Column {
  readonly head: Child;
  /** `words`: sentences, which would make a narrow cell as high as a screen. */
  readonly kind?: 'number' | 'name' | 'words';
}

/** Rows drawn at once; a longer table shows the rest on demand, which stands in the address. */
const ROWS_SHOWN = 200;

/** A table that scrolls by itself where it is wider than the page; `caption` is read out. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Child[])[], className = 'data'): HTMLElement {
  const draw = (row: readonly Child[]): HTMLElement => h('tr', {}, columns.map(({ kind }, i) => (kind === 'name' ? h('th', { scope: 'row' }, row[i] ?? null) : h('td', { class: kind === 'number' ? 'num' : (kind ?? null) }, row[i] ?? null))));
  const isLong = rows.length > ROWS_SHOWN;
  const isWhole = isLong && readRoute().choices.get('rows') === 'all';
  const body = h('tbody', {}, (isWhole ? rows : rows.slice(0, ROWS_SHOWN)).map(draw));
  const more = isLong && !isWhole ? h('button', { type: 'button', class: 'plain' }, `Show all ${rows.length} rows`) : null;
  more?.addEventListener('click', () => {
    more.dataset['choice'] = 'rows';
    choose({ rows: 'all' });
  });
  return h('div', {}, h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption, 'data-choice': isWhole ? 'rows' : null },
    h('table', { class: className }, h('caption', { class: 'sr' }, caption), h('thead', {}, h('tr', {}, columns.map(({ head, kind }) => h('th', { scope: 'col', class: kind === 'number' ? 'num' : null }, head)))), body)), more);
}

/** A table behind a chart: folded, drawn when it is opened. */
export function foldedTable(id: string, title: string, columns: readonly Column[], rows: () => readonly (readonly Child[])[]): HTMLElement {
  return disclosure(id, title, () => table(title, columns, rows()), 'raw');
}

/** Term and definition pairs. */
export function facts(pairs: readonly (readonly [string, Child])[]): HTMLElement {
  return h('dl', { class: 'facts' }, pairs.map(([term, definition]) => h('div', {}, h('dt', {}, term), h('dd', {}, definition))));
}

/** Something that is not there, and why. */
export function absent(reason: string): HTMLElement {
  return h('span', { class: 'absent' }, '— ', h('small', {}, reason));
}
