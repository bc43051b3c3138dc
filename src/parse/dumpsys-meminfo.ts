import { dumpLines, type DumpOutcome } from './dump.ts';
import { readAppSummary, type AppSummary } from './meminfo-app-summary.ts';
import { parseWholeNumber } from './whole-number.ts';

/** Column headings stand on two lines; joined, they name the field. From ActivityThread.dumpMemInfoTable of Android 4.3 to 15; kB there, MiB here. */
const COLUMNS = {
  'Pss': 'pssMiB', 'Pss Total': 'pssMiB', 'Pss Clean': 'pssCleanMiB', 'Shared Dirty': 'sharedDirtyMiB', 'Private Dirty': 'privateDirtyMiB', 'Shared Clean': 'sharedCleanMiB',
  'Private Clean': 'privateCleanMiB', 'Swapped Dirty': 'swappedDirtyMiB', 'Swap Dirty': 'swappedDirtyMiB', 'SwapPss Dirty': 'swapPssMiB', 'Rss Total': 'rssMiB',
  'Heap Size': 'heapSizeMiB', 'Heap Alloc': 'heapAllocMiB', 'Heap Free': 'heapFreeMiB',
} as const;
type MemoryColumn = (typeof COLUMNS)[keyof typeof COLUMNS];
export type MemoryRow = { readonly [column in MemoryColumn]?: number };

export interface ProcessMemory {
  /** Absent for a native process, which has no heading. */
  readonly pid?: number;
  readonly process?: string;
  /** The TOTAL row; its PSS counts swapped memory too, so it can exceed RSS. */
  readonly total?: MemoryRow;
  readonly rows: readonly ({ readonly name: string } & MemoryRow)[];
  readonly appSummary?: AppSummary;
}

const HEADING = /^\*\* MEMINFO in pid (\d{1,10}) \[([^\]]*)\] \*\*$/;

/** Reads `dumpsys meminfo PROCESS`. Each process starts at its heading; a native one has none. */
export function parseDumpsysMeminfo(text: string): DumpOutcome<{ readonly processes: readonly ProcessMemory[] }> {
  const lines = dumpLines(text);
  const missing = lines.find((line) => line.startsWith('No process found for:'));
  if (missing !== undefined) return { ok: false, reason: `the device says ${JSON.stringify(missing.slice(0, 200))}` };
  const starts = lines.flatMap((line, index) => (HEADING.test(line.trim()) ? [index] : []));
  const sections = starts.length === 0 ? [lines] : starts.map((start, index) => lines.slice(start, starts[index + 1]));
  const warnings: string[] = [];
  const processes = sections.flatMap((section) => readProcess(section, warnings));
  if (processes.length === 0) return { ok: false, reason: 'it has neither a memory table of one process nor an App Summary (`dumpsys meminfo PROCESS` prints them)' };
  return { ok: true, value: { processes }, warnings };
}

function readProcess(lines: readonly string[], warnings: string[]): readonly ProcessMemory[] {
  const [, pid, process] = HEADING.exec(lines[0]?.trim() ?? '') ?? [];
  const table = readTable(lines);
  const appSummary = readAppSummary(lines);
  if (table === null && appSummary === null) return [];
  const rows = (table ?? []).filter((row) => row.name !== 'TOTAL');
  const totalRow = table?.find((row) => row.name === 'TOTAL');
  const name = process ?? 'the process';
  if (table !== null && totalRow === undefined) warnings.push(`${name}: the table ends before its TOTAL; the rows are not added up`);
  const pssMiB = totalRow?.pssMiB ?? appSummary?.totalPssMiB;
  const rssMiB = totalRow?.rssMiB ?? appSummary?.totalRssMiB;
  if (pssMiB !== undefined && rssMiB !== undefined && pssMiB > rssMiB) warnings.push(`${name}: total PSS exceeds total RSS, because it counts swapped memory`);
  const { name: _name, ...total } = totalRow ?? { name: '' };
  return [{
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(process === undefined || process === '' ? {} : { process }),
    ...(totalRow === undefined ? {} : { total }),
    rows,
    ...(appSummary === null ? {} : { appSummary }),
  }];
}

/** The table's rows up to the first line that is none; null without a table. Cells are missing only at the right end. */
function readTable(lines: readonly string[]): readonly ({ readonly name: string } & MemoryRow)[] | null {
  const ruler = lines.findIndex((line) => /^[\s-]*$/.test(line) && line.includes('------ ') && line.trim().split(/\s+/).length >= 3);
  if (ruler < 2) return null;
  const columns = joinHeadings(cells(lines[ruler - 2] ?? ''), cells(lines[ruler - 1] ?? ''));
  if (columns === null) return null;
  const rows: ({ readonly name: string } & MemoryRow)[] = [];
  for (const line of lines.slice(ruler + 1)) {
    const parts = cells(line);
    const firstNumber = parts.findIndex((part) => /^\d+$/.test(part));
    const numbers = firstNumber < 1 ? [] : parts.slice(firstNumber).map(parseWholeNumber);
    if (numbers.length === 0 || numbers.length > columns.length || numbers.includes(null)) break;
    const row: { -readonly [column in MemoryColumn]?: number } = {};
    for (const [index, kibibytes] of numbers.entries()) {
      const heading = columns[index] ?? '';
      if (kibibytes !== null && Object.hasOwn(COLUMNS, heading)) row[COLUMNS[heading as keyof typeof COLUMNS]] = kibibytes / 1024;
    }
    rows.push({ name: parts.slice(0, firstNumber).join(' '), ...row });
  }
  return rows.length === 0 ? null : rows;
}

function cells(line: string): readonly string[] {
  const trimmed = line.trim();
  return trimmed === '' ? [] : trimmed.split(/\s+/);
}

/** The upper line may have fewer words (Android 4.3: `Pss` stands on the lower line alone); both end at the same column. */
function joinHeadings(upper: readonly string[], lower: readonly string[]): readonly string[] | null {
  const offset = lower.length - upper.length;
  if (offset < 0 || lower.length === 0) return null;
  const joined = lower.map((word, index) => (index < offset ? word : `${upper[index - offset] ?? ''} ${word}`));
  return joined.some((heading) => Object.hasOwn(COLUMNS, heading)) ? joined : null;
}
