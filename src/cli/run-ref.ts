import { join, resolve } from 'node:path';
import type { RunStatus } from '../domain/result.ts';
import type { Store } from '../store/store.ts';
import { UsageError } from './exit.ts';

/** The store that `--db` names, or the one of the current folder. Throws UsageError. */
export function storePath(db: string | undefined): string {
  if (db !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(db)) throw new UsageError(`--db ${db}: a store is an SQLite file so far; name a file`);
  return resolve(db ?? join('paddock-results', 'paddock.sqlite'));
}

/** `latest` or a run's id (or its unique beginning) -> the id. Throws UsageError. */
export function resolveRunId(store: Store, reference: string, latestOf: readonly RunStatus[] = []): string {
  if (reference === 'latest') {
    const latest = store.latestRun(latestOf.length > 0 ? { status: latestOf } : {});
    if (latest === null) throw new UsageError(`${store.path} has no ${latestOf.length > 0 ? 'unfinished ' : ''}run`);
    return latest.id;
  }
  const found = store.listRuns().filter((run) => run.id.startsWith(reference));
  const [first, second] = found;
  if (first === undefined) throw new UsageError(`${store.path} has no run "${reference}"; its last ones: ${store.listRuns().slice(-5).map((run) => run.id).join(', ') || 'none'}`);
  if (second !== undefined && first.id !== reference) throw new UsageError(`"${reference}" is the beginning of several runs: ${found.map((run) => run.id).join(', ')}`);
  return first.id;
}

/** Takes a run for this process. Throws StoreError `claimed` when another one that lives has it. */
export function claimRun(store: Store, runId: string): void {
  store.claimRun(runId, `paddock run (pid ${process.pid})`);
}
