import type { Verdict } from '../domain/verdict.ts';
import type { RunSpec } from '../farm/run-spec.ts';
import { shellWord } from '../domain/shell-word.ts';
import type { Roster, Unit } from '../farm/unit.ts';
import type { Workplace } from '../farm/workplace.ts';
import { runCanary } from '../history/canary.ts';
import type { Store } from '../store/store.ts';
import { calledAs } from './called-as.ts';
import type { Progress } from './progress.ts';

export interface GoodUnitsOptions {
  readonly store: Store;
  readonly runId: string;
  readonly spec: RunSpec;
  readonly roster: Roster;
  readonly workplace: Workplace;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** The units that the run may use: all, or where the suite asks for a canary, those on which it says that they are themselves. `absent`: what becomes of the cases of all others. */
export async function goodUnits({ store, runId, spec, roster, workplace, signal, progress }: GoodUnitsOptions): Promise<{ readonly units: readonly Unit[]; readonly absent: ReadonlyMap<string, Verdict> }> {
  const { units, absent } = roster;
  if (!spec.suite.watch.canary || units.length === 0) return { units, absent };
  progress.note(`canary: measuring a known model on ${units.length} ${units.length === 1 ? 'device' : 'devices'} first`, 'dim');
  const { incidents, unsupported } = await runCanary({
    store, runId, roster, suiteFolder: spec.suiteFolder, workplace, signal, now: new Date(),
    onEvent: (event) => {
      if (event.kind === 'step') progress.step(event.device, event.done, event.total, `canary on ${event.device}`, event.remainingSeconds);
    },
  });
  for (const { device, reason } of unsupported) progress.note(`the canary says nothing of ${device}: it is unsupported there: ${reason}`, 'yellow');
  for (const { device, reason } of incidents) progress.note(`device incident: ${device} is set aside until the next night: ${reason}. \`${calledAs()} devices --readmit ${shellWord(device)}\` takes it back`, 'red');
  const held = incidents.map(({ device, reason }): [string, Verdict] => [device, { status: 'skipped', reasons: [{ code: 'device-incident', message: `${device} was set aside: ${reason}` }] }]);
  return { units: units.filter((unit) => !incidents.some(({ device }) => device === unit.id)), absent: new Map([...absent, ...held]) };
}
