import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
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
  readonly out?: string;
  readonly db?: string;
}

function* textOf(store: Store, format: ExportFormat, since: string): Iterable<string> {
  switch (format) {
    case 'jsonl':
      for (const line of exportLines(store, since, new Date())) yield `${JSON.stringify(line)}\n`;
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

/** `paddock export`: a store for other programs, or for another store. */
export async function exportStore({ format, since, out, db }: ExportOptions): Promise<ExitCode> {
  using store = openStore(storePath(db), { mode: 'read' });
  const parts = textOf(store, format, since === undefined ? '' : sinceDate(since));
  if (out !== undefined) {
    await writeWhole(resolve(out), parts);
    return EXIT.ok;
  }
  for (const part of parts) {
    if (!process.stdout.writable) break;
    if (!process.stdout.write(part)) await new Promise<void>((done) => { process.stdout.once('drain', done).once('close', done); });
  }
  return EXIT.ok;
}
