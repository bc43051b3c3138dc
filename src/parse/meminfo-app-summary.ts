import { parseWholeNumber } from './whole-number.ts';

/** Rows of the App Summary block by their labels. */
const ROWS = {
  'Java Heap': 'javaHeap', 'Native Heap': 'nativeHeap', Code: 'code', Stack: 'stack', Graphics: 'graphics', 'Private Other': 'privateOther', System: 'system', Unknown: 'unknown',
} as const;
type SummaryRow = (typeof ROWS)[keyof typeof ROWS];

const TOTALS = [
  ['totalPssMiB', /\bTOTAL(?: PSS)?: {1,60}(\d{1,12})(?= |$)/],
  ['totalRssMiB', /\bTOTAL RSS: {1,60}(\d{1,12})(?= |$)/],
  ['totalSwapPssMiB', /\bTOTAL SWAP PSS: {1,60}(\d{1,12})(?= |$)/],
] as const;

export type AppSummary = { readonly [total in (typeof TOTALS)[number][0]]?: number } & { readonly [row in SummaryRow]?: { readonly pssMiB?: number; readonly rssMiB?: number } };

/** The App Summary block of `dumpsys meminfo PROCESS` (Android 6 and later; an RSS column since 11); null without one. */
export function readAppSummary(lines: readonly string[]): AppSummary | null {
  const start = lines.findIndex((line) => line.trim() === 'App Summary');
  if (start < 0) return null;
  const heading = lines[start + 1] ?? '';
  const rssEnd = heading.includes('Rss(KB)') ? heading.indexOf('Rss(KB)') + 'Rss(KB)'.length : null;
  const pssEnd = heading.indexOf('Pss(KB)') + 'Pss(KB)'.length;
  const summary: Record<string, number | { pssMiB?: number; rssMiB?: number }> = {};
  for (const line of lines.slice(start + 2)) {
    for (const [field, pattern] of TOTALS) {
      const mib = kibibytesAsMiB(pattern.exec(line)?.[1] ?? '');
      if (mib !== null) summary[field] = mib;
    }
    if (Object.hasOwn(summary, 'totalPssMiB')) break;
    const [, label = '', first = '', second] = /^ *([A-Z][A-Za-z ]{1,20}): +(\d{1,12})(?: +(\d{1,12}))? *$/.exec(line) ?? [];
    const [pss, rss] = second !== undefined || rssEnd === null ? [first, second] : placeSingle(line, first, pssEnd, rssEnd);
    if (!Object.hasOwn(ROWS, label)) continue;
    const pssMiB = kibibytesAsMiB(pss ?? '');
    const rssMiB = kibibytesAsMiB(rss ?? '');
    if (pssMiB !== null || rssMiB !== null) summary[ROWS[label as keyof typeof ROWS]] = { ...(pssMiB === null ? {} : { pssMiB }), ...(rssMiB === null ? {} : { rssMiB }) };
  }
  return Object.keys(summary).length === 0 ? null : summary;
}

function kibibytesAsMiB(text: string): number | null {
  const kibibytes = parseWholeNumber(text);
  return kibibytes === null ? null : kibibytes / 1024;
}

/** A row may have a figure in one column only (`Unknown` has no PSS); where it ends tells which. Without its indentation a row can't tell, and is skipped. */
function placeSingle(line: string, figure: string, pssEnd: number, rssEnd: number): readonly [string | undefined, string | undefined] {
  if (!line.startsWith(' ')) return [undefined, undefined];
  const end = line.trimEnd().length;
  return Math.abs(end - pssEnd) < Math.abs(end - rssEnd) ? [figure, undefined] : [undefined, figure];
}
