import { randomInt } from 'node:crypto';
import { makeRunId } from '../domain/ids.ts';
import type { PresetName } from '../domain/preset.ts';
import type { CaseResult, RunPurpose } from '../domain/result.ts';
import type { Suite } from '../domain/suite.ts';
import type { Reason } from '../domain/verdict.ts';
import { LocalDevice } from '../device/local.ts';
import { Farm, type FarmEvent } from '../farm/farm.ts';
import { finalizeRun } from '../farm/finalize.ts';
import { makePlan } from '../farm/plan.ts';
import { makePolicy } from '../farm/policy.ts';
import { planQuality } from '../farm/quality-plans.ts';
import { prepare } from '../farm/prepare.ts';
import type { RunSpec } from '../farm/run-spec.ts';
import type { Roster } from '../farm/unit.ts';
import type { Workplace } from '../farm/workplace.ts';
import type { Store } from '../store/store.ts';

/** What every run that is no night needs: an A/B, a canary, a check. */
export interface Bench {
  readonly store: Store;
  readonly workplace: Workplace;
  readonly signal: AbortSignal;
  readonly onEvent: (event: FarmEvent) => void;
}

export interface SideRunOptions extends Bench {
  readonly purpose: Exclude<RunPurpose, 'suite'>;
  readonly suite: Suite;
  readonly suiteFolder: string;
  readonly preset: PresetName;
  readonly roster: Roster;
  /** What started it, for the record. */
  readonly command: string;
  /** The most that it may take; null: as long as the preset takes. */
  readonly budgetSeconds: number | null;
}

/** Measures a suite of Paddock's own making as a run of its own, by the same campaign as any other run, and stores it. Throws PlanError, QualityError, the signal's reason. */
export async function sideRun(options: SideRunOptions): Promise<{ readonly runId: string; readonly results: readonly CaseResult[] }> {
  const { store, workplace, signal, onEvent, purpose, suite, suiteFolder, preset, roster, command, budgetSeconds } = options;
  const quality = await planQuality(suite, { suiteFolder, installFolder: workplace.installFolder, cacheFolder: workplace.cacheFolder, signal });
  const prepared = await prepare({ suite, suiteFolder, roster, workplace, signal, onProgress: () => undefined, onMake: () => undefined, onNote: (device, message) => onEvent({ kind: 'wait', device, message }) });
  const { cases } = makePlan({ suite, offers: prepared.offers, units: roster.named, faults: prepared.faults, formats: prepared.formats, only: [] });
  const seed = randomInt(1, 2 ** 31);
  const spec: RunSpec = { suite, suitePath: null, suiteFolder, configPath: null, preset, seed, files: prepared.files, units: roster.named, harnesses: prepared.harnesses, identities: { ...roster.identities }, quality };
  const policy = { ...makePolicy(suite, preset), budgetSeconds, budgetScope: 'machine' } as const;
  const now = new Date();
  const runId = makeRunId(now, randomInt(65_536));
  store.createRun({
    info: { id: runId, suite: suite.suite, preset, seed, status: 'running', startedAt: now.toISOString(), endedAt: null, paddock: workplace.version, command, warnings: [], purpose },
    suite: JSON.stringify(spec), devices: roster.units.map((unit) => unit.device.facts), cases,
  });
  store.claimRun(runId, `${command} (pid ${process.pid})`);
  const short = new Map<string, Reason>();
  const close = (status: 'done' | 'interrupted', left: ReadonlyMap<string, Reason>): void => {
    finalizeRun(store, runId, (key) => left.get(key) ?? short.get(key) ?? null);
    store.finishRun(runId, status, new Date().toISOString());
    store.releaseRun(runId);
  };
  try {
    const farm = new Farm({
      store, runId, spec, policy, cases, units: roster.units, absent: roster.absent, host: new LocalDevice(), workplace, signal,
      onEvent: (event) => {
        if (event.kind === 'out-of-budget') for (const key of event.cases) short.set(key, { code: 'budget', message: `the time given had no room for ${event.left} launches` });
        onEvent(event);
      },
    });
    close('done', await farm.run());
  } catch (error) {
    close('interrupted', new Map());
    throw error;
  }
  return { runId, results: [...store.results(runId)] };
}
