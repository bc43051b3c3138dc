import { readFile, stat } from 'node:fs/promises';
import { CsvError } from '../parse/csv-records.ts';
import { dateAfter, parseSeriesTable, type SeriesTable } from '../parse/series-table.ts';
import { NUMBER_FORMAT } from '../report/number.ts';
import type { SeriesChange } from '../stats/series-change.ts';
import { DEFAULT_DETECT_OPTIONS, detectChanges } from '../stats/series-detect.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { paint, printable, table } from './terminal.ts';

export interface DetectCommandOptions {
  readonly fdr?: number;
  readonly minEffect?: number;
  readonly valuesFrom?: number;
  readonly json?: true;
}

/** Larger files are not read. 8,000 series × 365 nights take about 25 MiB. */
const MAX_BYTES = 512 * 1024 * 1024;

async function readTable(path: string, valuesFrom: number | undefined): Promise<SeriesTable> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new UsageError(`${path} is a folder; name a CSV file`);
    if (facts.size > MAX_BYTES) throw new UsageError(`${path} is larger than ${MAX_BYTES / 1024 / 1024} MiB; split it`);
    return parseSeriesTable(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)), valuesFrom);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof CsvError) throw new UsageError(`${path}:${error.line}: ${error.message}`);
    if (error instanceof TypeError) throw new UsageError(`${path}:1: the file is not UTF-8 text`);
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(code === 'ENOENT' ? `there is no file ${path}` : `${path} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Row {
  readonly name: string;
  readonly line: number;
  readonly changes: readonly SeriesChange[];
  /** Null for a series that was judged. */
  readonly notJudged: string | null;
}

function print(rows: readonly Row[], night: (position: number) => string): void {
  const out = process.stdout;
  const cells = rows.flatMap(({ name, changes }) => changes.map((change) => [
    printable(name), night(change.index), `${night(change.earliest)} to ${night(change.latest)}`, NUMBER_FORMAT.change(change.ratio), change.p.toExponential(1),
  ]));
  if (cells.length > 0) out.write(`${table(['series', 'since', 'within (95 %)', 'change', 'p'], cells, new Set([3, 4]))}\n\n`);
  const changed = rows.filter(({ changes }) => changes.length > 0).length;
  const judged = rows.filter(({ notJudged }) => notJudged === null).length;
  out.write(`${paint(out, 'bold', `${cells.length} ${cells.length === 1 ? 'change' : 'changes'} in ${changed} of ${judged} series`)}${judged < rows.length ? `; ${rows.length - judged} not judged` : ''}\n`);
}

/** `paddock detect`: changes of level in any table of series. */
export async function detect(path: string, options: DetectCommandOptions): Promise<ExitCode> {
  if (options.valuesFrom !== undefined && options.valuesFrom < 2) throw new UsageError('--values-from counts columns from 1, and the first is the name: 2 or more');
  const { series, firstIndex, firstDate } = await readTable(path, options.valuesFrom);
  const outcomes = detectChanges(series.map(({ values }) => values), {
    falseDiscoveryRate: options.fdr ?? DEFAULT_DETECT_OPTIONS.falseDiscoveryRate, minEffect: options.minEffect ?? DEFAULT_DETECT_OPTIONS.minEffect,
  });
  const rows = series.flatMap(({ name, line }, i): Row[] => {
    const outcome = outcomes[i];
    if (outcome === undefined) return [];
    return [outcome.state === 'judged' ? { name, line, changes: outcome.changes, notJudged: null } : { name, line, changes: [], notJudged: outcome.reason }];
  });
  for (const { name, line, notJudged } of rows) {
    if (notJudged !== null) process.stderr.write(`${path}:${line}: the series ${JSON.stringify(printable(name))} is not judged: ${notJudged}\n`);
  }
  if (rows.every(({ notJudged }) => notJudged !== null)) throw new UsageError(`${path}: none of its ${rows.length} series can be judged`);
  if (options.json === true) {
    const json = rows.map(({ name, changes, notJudged }) => ({
      name,
      changes: changes.map(({ index, earliest, latest, ratio, p }) => ({
        index: index + firstIndex, earliest: earliest + firstIndex, latest: latest + firstIndex,
        ...(firstDate === null ? {} : { date: dateAfter(firstDate, index), earliestDate: dateAfter(firstDate, earliest), latestDate: dateAfter(firstDate, latest) }), ratio, p,
      })),
      ...(notJudged === null ? {} : { notJudged }),
    }));
    process.stdout.write(`${JSON.stringify({ series: json }, null, 2)}\n`);
  } else {
    print(rows, (position) => (firstDate === null ? String(position + firstIndex) : dateAfter(firstDate, position)));
  }
  return EXIT.ok;
}
