import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import type { PlannedCase } from '../domain/plan.ts';
import type { MeasurePolicy, PresetName } from '../domain/preset.ts';
import type { Suite } from '../domain/suite.ts';
import { estimateCost, locksIn, type Estimate } from '../farm/estimate.ts';
import { makePlan, PlanError } from '../farm/plan.ts';
import { makePolicy } from '../farm/policy.ts';
import { prepare } from '../farm/prepare.ts';
import { planQuality } from '../farm/quality-plans.ts';
import { qualityItems, type RunSpec } from '../farm/run-spec.ts';
import type { Roster } from '../farm/unit.ts';
import type { Workplace } from '../farm/workplace.ts';
import { QualityError } from '../quality/quality-error.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Progress } from './progress.ts';
import { openRunRoster, type RunRosterOptions } from './run-roster.ts';
import { loadSuite } from './suite-file.ts';

export interface SetupOptions {
  readonly suitePath: string | undefined;
  readonly preset: PresetName | undefined;
  readonly devices: readonly string[];
  readonly seed: number | undefined;
  readonly only: readonly string[];
  readonly config: string | undefined;
  /** The store's path. */
  readonly store: string;
  readonly inUse: RunRosterOptions['inUse'];
  /** Takes the place of the suite's own budget. */
  readonly budgetMinutes: number | undefined;
  readonly workplace: Workplace;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** A suite that is read, checked and crossed: ready to run, or to be shown as a plan. */
export interface Setup {
  readonly spec: RunSpec;
  readonly policy: MeasurePolicy;
  readonly cases: readonly PlannedCase[];
  readonly leftOut: number;
  readonly roster: Roster;
  readonly estimate: Estimate;
}

function withDevices(suite: Suite, wanted: readonly string[]): Suite {
  if (wanted.length === 0) return suite;
  return { ...suite, devices: wanted.map((id) => suite.devices.find((device) => device.id === id) ?? { id, sensorsRoot: '/' }) };
}

/** From a suite file to a plan. The caller closes the roster. Throws UsageError. */
export async function setUp(options: SetupOptions): Promise<Setup> {
  const { workplace, signal, progress } = options;
  const loaded = await loadSuite(options.suitePath);
  const chosen = withDevices(loaded.suite, options.devices);
  const suite = options.budgetMinutes === undefined ? chosen : { ...chosen, measure: { ...chosen.measure, budgetMinutes: options.budgetMinutes } };
  const preset = options.preset ?? suite.preset;
  const seed = options.seed ?? suite.order.seed ?? randomInt(1, 2 ** 31);
  const { roster, lab } = await openRunRoster({ suite, suiteFolder: loaded.folder, config: options.config, store: options.store, workplace, inUse: options.inUse, signal, progress });
  try {
    const quality = await planQuality(suite, { suiteFolder: loaded.folder, installFolder: workplace.installFolder, cacheFolder: workplace.cacheFolder, signal });
    const prepared = await prepare({
      suite, suiteFolder: loaded.folder, roster, workplace, signal,
      onProgress: (source, bytes, total) => progress.download(source, bytes, total),
      onMake: (key, recipe) => progress.note(`making ${key} by recipe ${recipe}`),
      onNote: (device, message) => progress.note(`${device}: ${message}`),
    });
    const plan = makePlan({ suite, offers: prepared.offers, units: roster.named, faults: prepared.faults, formats: prepared.formats, only: options.only });
    if (plan.cases.length === 0) throw new UsageError('the suite\'s include and exclude rules leave no case', EXIT.usage);
    for (const rule of plan.idleRules) progress.note(`the matrix rule ${rule} matches no case; check its words`, 'yellow');
    const policy = makePolicy(suite, preset);
    const spec: RunSpec = { suite, suitePath: loaded.path === null ? null : resolve(loaded.path), suiteFolder: loaded.folder, configPath: lab.path, preset, seed, files: prepared.files, units: roster.named, identities: { ...roster.identities }, harnesses: prepared.harnesses, quality };
    return { spec, policy, cases: plan.cases, leftOut: plan.leftOut, roster, estimate: estimateCost(plan.cases, policy, qualityItems(spec), locksIn(roster)) };
  } catch (error) {
    await roster[Symbol.asyncDispose]();
    if (error instanceof PlanError || error instanceof QualityError) throw new UsageError(`${loaded.path ?? 'the built-in suite'}: ${error.message}`);
    throw error;
  }
}
