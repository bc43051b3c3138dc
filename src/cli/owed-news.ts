import { readRunSpec, RunSpecError } from '../farm/run-spec.ts';
import type { Workplace } from '../farm/workplace.ts';
import { RunClaimedError } from '../store/claim-table.ts';
import type { Store } from '../store/store.ts';
import { afterRun } from './after-run.ts';
import type { Progress } from './progress.ts';
import { claimRun } from './run-ref.ts';

export interface OwedNewsOptions {
  readonly store: Store;
  /** The run that is taken up by itself; null: none. */
  readonly except: string | null;
  readonly workplace: Workplace;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Tells the news of runs whose process ended before it had told them; those of a process that is still at it are its own. */
export async function tellOwedNews({ store, except, workplace, signal, progress }: OwedNewsOptions): Promise<void> {
  for (const runId of store.owedNews.runIds()) {
    if (signal.aborted) return;
    if (runId === except || !isOurs(store, runId)) continue;
    progress.note(`run ${runId} (${store.run(runId)?.suite ?? ''}) had not told its news when it was ended; they are told now`, 'bold');
    try {
      await afterRun({ store, runId, spec: readRunSpec(store.runSuite(runId), runId), workplace, brought: new Map(), confirmSeconds: null, signal, progress });
    } catch (error) {
      if (!(error instanceof RunSpecError)) throw error;
      progress.note(`they can't be: ${error.message}`, 'yellow');
      store.owedNews.settle(runId);
    } finally {
      store.releaseRun(runId);
    }
  }
}

/** Takes the run, where nobody alive has it and nobody else has told its news meanwhile. */
function isOurs(store: Store, runId: string): boolean {
  try {
    claimRun(store, runId);
  } catch (error) {
    if (error instanceof RunClaimedError) return false;
    throw error;
  }
  if (store.owedNews.find(runId) !== null) return true;
  store.releaseRun(runId);
  return false;
}
