import { join, resolve } from 'node:path';
import { readPageParts, readScorecard } from '../site/page-parts.ts';
import { publishSite } from '../site/publish.ts';
import { openStore } from '../store/open-store.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { storePath } from './run-ref.ts';
import { thisWorkplace } from './workplace.ts';

export interface PublishCommandOptions {
  readonly out?: string;
  readonly db?: string;
  readonly json?: true;
}

/** Where a site goes when nothing else is said. */
export const DEFAULT_SITE = join('paddock-results', 'site');

/** `paddock publish`: writes the dashboard as plain files. */
export async function publish(options: PublishCommandOptions, signal: AbortSignal): Promise<ExitCode> {
  const { installFolder } = thisWorkplace();
  using store = openStore(storePath(options.db), { mode: 'read' });
  const startedMs = performance.now();
  const outcome = await publishSite(store, { folder: resolve(options.out ?? DEFAULT_SITE), page: await readPageParts(installFolder), scorecard: await readScorecard(installFolder), signal });
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ...outcome, seconds: (performance.now() - startedMs) / 1000 })}\n`);
  else process.stdout.write(`${outcome.index}\n`);
  const { nights, series, written, files } = outcome;
  process.stderr.write(`${nights} ${nights === 1 ? 'night' : 'nights'}, ${series} series; ${written} of ${files} ${files === 1 ? 'file' : 'files'} written, ${(outcome.bytesWritten / 2 ** 20).toFixed(1)} MiB, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
  return EXIT.ok;
}
