import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunReport } from '../domain/run-report.ts';
import { FileSink } from './file-sink.ts';
import type { ReportFormat } from './report-format.ts';

/** A report file could not be written. The file that was there before, if any, is untouched. */
export class ReportWriteError extends Error {
  override readonly name = 'ReportWriteError';
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`cannot write ${JSON.stringify(path)}: ${cause instanceof Error ? cause.message : String(cause)}. Free the space or choose another folder with --out; the results are safe in the store, and \`paddock report\` writes the files again.`, { cause });
    this.path = path;
  }
}

/**
 * Writes each format's file into the folder and gives their paths. A file is written under another name, synced, and renamed.
 * @throws ReportWriteError
 */
export async function writeReportFiles(report: RunReport, formats: readonly ReportFormat[], folder: string): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new ReportWriteError(folder, error);
  }
  const paths: string[] = [];
  for (const format of formats) paths.push(await writeAtomically(report, format, folder));
  return paths;
}

async function writeAtomically(report: RunReport, format: ReportFormat, folder: string): Promise<string> {
  const path = join(folder, format.fileName);
  const partial = join(folder, `.${format.fileName}.${randomBytes(6).toString('hex')}.partial`);
  try {
    const handle = await open(partial, 'wx');
    try {
      const sink = new FileSink(handle);
      await format.write(report, sink);
      await sink.end();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw new ReportWriteError(path, error);
  }
  return path;
}
