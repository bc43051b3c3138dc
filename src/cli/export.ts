import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EXPORT_EXTRAS, type ExportExtra } from '../domain/interchange.ts';
import { exportLines } from '../history/export-lines.ts';
import { FileSink } from '../report/file-sink.ts';
import { openMetrics } from '../report/openmetrics.ts';
import { pointsHeader, pointsRows } from '../report/points-csv.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { storePath } from './run-ref.ts';
import { sinceDate } from './since.ts';

export const EXPORT_FORMATS = ['jsonl', 'csv', 'openmetrics'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly since?: string;
  /** Of EXPORT_EXTRAS, by commas. */
  readonly with?: string;
  readonly out?: string;
  readonly db?: string;
}

/** Throws UsageError. */
function extrasOf({ format, with: list }: ExportOptions): ReadonlySet<ExportExtra> {
  if (list === undefined) return new Set();
  if (format !== 'jsonl') throw new UsageError(`--with is for --format jsonl: ${format} has series only`);
  return new Set(list.split(',').map((word) => {
    const found = EXPORT_EXTRAS.find((extra) => extra === word.trim());
    if (found === undefined) throw new UsageError(`--with ${word}: there are ${EXPORT_EXTRAS.join(' and ')} (samples come with their launches)`);
    return found;
  }));
}

function* textOf(store: Store, format: ExportFormat, since: string, extras: ReadonlySet<ExportExtra>): Iterable<string> {
  switch (format) {
    case 'jsonl':
      for (const line of exportLines(store, since, new Date(), extras)) yield `${JSON.stringify(line)}\n`;
      return;
    case 'csv':
      yield pointsHeader();
      for (const series of store.history.series()) yield pointsRows(series, store.history.points(series).filter((point) => point.startedAt >= since));
      return;
    case 'openmetrics':
      yield openMetrics(store.history.series().flatMap((series) => {
        const point = store.history.points(series).at(-1);
        return point === undefined || point.startedAt < since ? [] : [{ series, point }];
      }));
      return;
    default: format satisfies never;
  }
}

/** A file that appears whole or not at all. */
async function writeWhole(path: string, parts: Iterable<string>): Promise<void> {
  const partial = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(partial, 'w');
    try {
      const sink = new FileSink(handle);
      for (const part of parts) await sink.write(part);
      await sink.end();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw new UsageError(`${path} can not be written: ${error instanceof Error ? error.message : String(error)}`);
    throw error;
  }
}

/** When a slow reader has taken what was written, or is gone. */
async function drained(out: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((done) => {
    const over = (): void => {
      out.off('drain', over).off('close', over);
      done();
    };
    out.on('drain', over).on('close', over);
  });
}

/** `paddock export`: a store for other programs, or for another store. */
export async function exportStore(options: ExportOptions): Promise<ExitCode> {
  const { format, since, out, db } = options;
  const extras = extrasOf(options);
  using store = openStore(storePath(db), { mode: 'read' });
  const parts = textOf(store, format, since === undefined ? '' : sinceDate(since), extras);
  if (out !== undefined) {
    await writeWhole(resolve(out), parts);
    return EXIT.ok;
  }
  for (const part of parts) {
    if (!process.stdout.writable) break;
    if (!process.stdout.write(part)) await drained(process.stdout);
  }
  return EXIT.ok;
}
