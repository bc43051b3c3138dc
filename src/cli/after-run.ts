import { isOpen } from '../domain/event.ts';
import type { NightNews } from '../domain/night-news.ts';
import type { RunSpec } from '../farm/run-spec.ts';
import type { Workplace } from '../farm/workplace.ts';
import { keepSoftware, type BroughtHarnesses } from '../history/keep-software.ts';
import { watchRun } from '../history/watch-run.ts';
import { KeptFiles } from '../store/kept-files.ts';
import type { Store } from '../store/store.ts';
import { confirmAll, inOrderOfNeed } from './confirm-all.ts';
import type { Progress } from './progress.ts';
import { tellNews } from './tell-news.ts';

/** What makes `paddock run` end with 1. */
export type RunFailOn = 'regressed' | 'confirmed';

export interface AfterRunOptions {
  readonly store: Store;
  /** A finished run that owes its news, claimed by this process. */
  readonly runId: string;
  readonly spec: RunSpec;
  readonly workplace: Workplace;
  /** None where the run's devices are not open any more. */
  readonly brought: BroughtHarnesses;
  /** Time for A/Bs of what was found; null: none. */
  readonly confirmSeconds: number | null;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What follows a finished run: its series are judged, where a process that ended had not done so, and who asked for it is told. */
export async function afterRun({ store, runId, spec, workplace, brought, confirmSeconds, signal, progress }: AfterRunOptions): Promise<NightNews> {
  const settings = spec.suite.watch;
  if (store.owedNews.find(runId)?.findings === null) watchRun({ store, runId, settings, now: new Date() });
  if (settings.keep) for (const fault of await keepSoftware(store, new KeptFiles(store.path), runId, brought)) progress.note(`not kept for a later A/B: ${fault}`, 'yellow');
  if (confirmSeconds !== null) {
    const open = store.events.list().filter((event) => isOpen(event) && event.confirmation === null);
    const onSign = ({ id }: { readonly id: string }): void => {
      if (store.owedNews.find(runId)?.tried.includes(id) === false) store.owedNews.update(runId, (owed) => ({ ...owed, tried: [...owed.tried, id] }));
      store.renewClaim(runId);
    };
    await confirmAll(inOrderOfNeed(open), confirmSeconds, { store, workplace, signal, onSign }, progress);
  }
  return tellNews({ store, runId, spec, signal, progress });
}

/** Whether an open event is of the kind that fails a run. */
export function failsOn(news: NightNews, failOn: RunFailOn | undefined): boolean {
  if (failOn === undefined) return false;
  return news.open.some((event) => event.kind !== 'improved' && (failOn === 'regressed' || event.state === 'confirmed' || event.kind === 'broke'));
}
