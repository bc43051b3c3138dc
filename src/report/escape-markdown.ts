import { oneLine } from './plain-text.ts';

/** Stops a viewer from turning what follows into a mention, a reference or a link; shows nothing. */
const BREAK = '\u200b';

/**
 * Text for one cell or one line of GitHub-flavoured Markdown. Nothing in it is markup, HTML, a mention, an issue reference or a link.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/&/g, '&amp;')
    .replace(/[\\`*_{}[\]~|$]/g, (character) => `\\${character}`)
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@/g, `@${BREAK}`)
    .replace(/#(?=\w)/g, `#${BREAK}`)
    .replace(/:\/\//g, `:${BREAK}//`)
    .replace(/\b(www|GH)(?=[.-])/gi, `$1${BREAK}`)
    .replace(/^([-+]|#+|\d+[.)])(?=\s|$)/, (marker) => `${marker.slice(0, -1)}\\${marker.slice(-1)}`);
}

/** A fenced block that nothing in the text can close. */
export function fencedMarkdown(text: string, language: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${oneLine(text)}\n${fence}\n`;
}
