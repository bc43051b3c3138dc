import { join, resolve } from 'node:path';
import { finalizeRun } from '../farm/finalize.ts';
import { storedRunReport } from '../farm/stored-run.ts';
import { isReportFormatId, REPORT_FORMAT_IDS, writeReports } from '../report/registry.ts';
import { openStore } from '../store/open-store.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { storePath, resolveRunId } from './run-ref.ts';

export interface ReportOptions {
  readonly format?: string;
  readonly out?: string;
  readonly db?: string;
}

/** `paddock report`: writes a stored run's report files again, from the store alone. */
export async function report(reference: string, options: ReportOptions): Promise<ExitCode> {
  const formats = (options.format ?? REPORT_FORMAT_IDS.join(',')).split(',').map((word) => {
    if (!isReportFormatId(word)) throw new UsageError(`there is no report format "${word}"; there are: ${REPORT_FORMAT_IDS.join(', ')}`);
    return word;
  });
  const path = storePath(options.db);
  using store = openStore(path, { mode: 'read' });
  const runId = resolveRunId(store, reference);
  if (store.run(runId)?.status !== 'done') {
    // A run that was killed has attempts and no rows yet.
    using writable = openStore(path, { mode: 'write' });
    finalizeRun(writable, runId, () => ({ code: 'interrupted', message: 'the run has not made all launches of this case' }));
  }
  const paths = await writeReports(storedRunReport(store, runId), formats, resolve(options.out ?? join('paddock-results', runId)));
  process.stdout.write(`${paths.join('\n')}\n`);
  return EXIT.ok;
}
