import { shellWord } from '../domain/shell-word.ts';
import type { Reason } from '../domain/verdict.ts';
import type { FarmEvent } from '../farm/farm.ts';
import { calledAs } from './called-as.ts';
import type { Progress } from './progress.ts';

/** Shows what the farm is doing. Gives what the rows of the event's cases should say of it, where it concerns them. `named`: whether a device is to be named beside what it does. */
export function showEvent(event: FarmEvent, progress: Progress, named: 'named' | 'alone'): Reason | null {
  const at = named === 'named' ? `${event.device}: ` : '';
  switch (event.kind) {
    case 'step':
      progress.step(event.device, event.done, event.total, event.what === 'verify' ? `checking ${event.subject}` : event.what === 'answer' ? `quality of ${event.subject}${event.block === 0 ? '' : `, part ${event.block + 1}`}` : `measuring ${event.subject}, block ${event.block + 1}`, event.remainingSeconds);
      return null;
    case 'fault':
      progress.note(`${event.subject}: ${event.reasons.map((reason) => reason.message).join('; ')}`, 'yellow');
      return null;
    case 'wait':
      progress.note(`${at}${event.message}`, 'dim');
      return null;
    case 'out-of-budget': {
      const reason = { code: 'budget', message: `${at}the budget has no time for ${event.left} ${event.left === 1 ? 'launch' : 'launches'} that the preset wants: cases are left out, or their intervals are wider. Raise measure.budgetMinutes, or take another preset` };
      progress.note(reason.message, 'yellow');
      return reason;
    }
    case 'no-time-for-quality': {
      const reason = { code: 'budget-quality', message: `the budget has no time to answer ${event.items} items on ${event.device}, so that quality is not told of every variant. Raise measure.budgetMinutes, take another preset, or fewer items (quality.limit)` };
      progress.note(reason.message, 'yellow');
      return reason;
    }
    case 'set-aside':
      progress.done(event.device);
      progress.note(`${event.device} is set aside: ${event.message}. \`${calledAs()} devices --readmit ${shellWord(event.device)}\` takes it back`, 'red');
      return null;
    case 'left':
      progress.done(event.device);
      progress.note(`${event.device} leaves the run: ${event.message}`, 'red');
      return null;
    case 'done':
      progress.done(event.device);
      return null;
    default: return event satisfies never;
  }
}
