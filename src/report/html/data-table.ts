import { escapeHtml } from '../escape-html.ts';

/** A cell: text, or a number's text, which is set flush right. */
export type TableCell = string | { readonly number: string } | { readonly html: string };

/** A plain table in a frame that scrolls sideways when it is too wide. */
export function dataTable(caption: string, columns: readonly string[], rows: readonly (readonly TableCell[])[]): string {
  const head = columns.map((column, i) => `<th scope="col"${rows.some((row) => isNumber(row[i])) ? ' class="num"' : ''}>${escapeHtml(column)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(caption)}"><table class="data"><caption class="sr">${escapeHtml(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function isNumber(content: TableCell | undefined): boolean {
  return typeof content === 'object' && 'number' in content;
}

function cell(content: TableCell): string {
  if (typeof content === 'string') return `<td>${escapeHtml(content)}</td>`;
  return 'html' in content ? `<td>${content.html}</td>` : `<td class="num">${escapeHtml(content.number)}</td>`;
}
