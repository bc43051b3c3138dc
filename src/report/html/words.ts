import type { VerdictStatus } from '../../domain/verdict.ts';
import { escapeHtml } from '../escape-html.ts';
import { VERDICT_WORDS } from '../verdict-words.ts';

/** A verdict as a badge: a mark, the word, a colour. */
export function verdictBadge(status: VerdictStatus): string {
  return `<span class="verdict ${status}"><span aria-hidden="true">${VERDICT_WORDS[status].mark}</span> ${status}</span>`;
}

/** Something that is not there: a dash, and why, in sight and for a pointer. */
export function absence(reason: string): string {
  return `<span class="absent" title="${escapeHtml(reason)}">— <small>${escapeHtml(reason)}</small></span>`;
}

/** Term and definition pairs; the definitions are HTML. */
export function definitions(pairs: readonly (readonly [string, string])[]): string {
  return `<dl class="facts">${pairs.map(([term, definition]) => `<div><dt>${escapeHtml(term)}</dt><dd>${definition}</dd></div>`).join('')}</dl>`;
}

/** A command with a button that copies it. */
export function copyable(command: string): string {
  return `<div class="command"><pre tabindex="0"><code>${escapeHtml(command)}</code></pre><button type="button" data-copy>Copy</button></div>`;
}
