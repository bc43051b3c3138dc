import type { ChangeEvent } from '../domain/event.ts';
import { confirmEvent, LEAST_BUDGET_SECONDS } from '../history/confirm.ts';
import type { Bench } from '../history/side-run.ts';
import { leadSeries } from '../report/event-words.ts';
import type { Progress } from './progress.ts';
import { openRunRoster } from './run-roster.ts';
import { duration } from './terminal.ts';

/** What was never tried, the worst first: what broke, then what got worse, then what got better, each by its size. */
export function inOrderOfNeed(events: readonly ChangeEvent[]): readonly ChangeEvent[] {
  const kinds: readonly ChangeEvent['kind'][] = ['broke', 'regressed', 'improved'];
  const size = (event: ChangeEvent): number => Math.abs(Math.log(leadSeries(event)?.ratio ?? 1));
  return [...events].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || size(b) - size(a));
}

export interface ConfirmAllBench extends Omit<Bench, 'onEvent'> {
  /** It is this event's turn, and again with each step of its A/Bs. */
  readonly onSign?: (event: ChangeEvent) => void;
}

/** Confirms events one after the other until the time is spent. Gives them as they are then; fewer when it was interrupted. */
export async function confirmAll(events: readonly ChangeEvent[], budgetSeconds: number, { onSign, ...bench }: ConfirmAllBench, progress: Progress): Promise<readonly ChangeEvent[]> {
  const deadlineMs = performance.now() + budgetSeconds * 1000;
  const done: ChangeEvent[] = [];
  for (const [index, event] of events.entries()) {
    const leftSeconds = (deadlineMs - performance.now()) / 1000;
    if (leftSeconds < LEAST_BUDGET_SECONDS) {
      progress.note(`${events.length - index} ${events.length - index === 1 ? 'change is' : 'changes are'} left to confirm: the ${duration(budgetSeconds)} given are spent`, 'yellow');
      break;
    }
    onSign?.(event);
    progress.note(`confirming ${event.id} by an A/B of the software of run ${event.lastGood} and run ${event.firstBad}`, 'dim');
    try {
      const after = await confirmEvent(event, {
        ...bench, budgetSeconds: leftSeconds, now: () => new Date(), 
        openRoster: async (suite, spec) => (await openRunRoster({ suite, suiteFolder: spec.suiteFolder, config: spec.configPath ?? undefined, store: bench.store.path, workplace: bench.workplace, inUse: 'wait', signal: bench.signal, progress })).roster,
        onEvent: (step) => {
          if (step.kind === 'step') {
            onSign?.(event);
            progress.step(step.device, step.done, step.total, `${event.id}: ${step.what === 'verify' ? 'checking' : 'measuring'} ${step.subject}`, step.remainingSeconds);
          }
          if (step.kind === 'fault') progress.note(`${step.subject}: ${step.reasons.map((reason) => reason.message).join('; ')}`, 'yellow');
        },
      });
      done.push(after);
    } catch (error) {
      if (!bench.signal.aborted) throw error;
      break;
    } finally {
      progress.end();
    }
  }
  return done;
}
