import { type Chart, drawSvg } from '../chart/draw.ts';
import { escapeHtml } from '../escape-html.ts';
import { dataTable, type TableCell } from './data-table.ts';

/** The numbers that a chart shows. */
export interface FigureData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export interface Figure {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly chart: Chart;
  /** What the reader should know to read it, plain text. */
  readonly note: string;
  readonly data: FigureData;
}

/** Padding and border of a chart's card, left and right, as in page.css. */
const CARD_PADDING_PX = 30;

/** More rows than this are lines of text, which cost a quarter of a table's markup. */
const TABLE_ROWS = 60;

/** A chart with its title, note, and the numbers behind it. */
export function figure({ id, title, chart, note, data }: Figure): string {
  const raw = data.rows.length <= TABLE_ROWS ? dataTable(`Numbers of “${title}”`, data.columns, data.rows.map((row) => row.map(tableCell))) : `<pre class="csv" tabindex="0">${escapeHtml(textTable(data))}</pre>`;
  return `<figure class="chart" style="--natural:${chart.width + CARD_PADDING_PX}px"><figcaption><h5>${escapeHtml(title)}</h5>${note === '' ? '' : `<p>${escapeHtml(note)}</p>`}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(title)}">${drawSvg(chart, id)}</div>
<details class="raw"><summary>Raw numbers behind this chart</summary>${raw}</details></figure>`;
}

function tableCell(value: string | number | null): TableCell {
  if (value === null) return '—';
  return typeof value === 'number' ? { number: String(value) } : value;
}

/** Comma-separated lines. Texts in it are Paddock's own words, never a name from outside. */
function textTable({ columns, rows }: FigureData): string {
  return [columns.join(','), ...rows.map((row) => row.map((value) => value ?? '').join(','))].join('\n');
}
