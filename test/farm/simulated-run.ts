import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalDevice } from '../../src/device/local.ts';
import type { Case } from '../../src/domain/case.ts';
import { runtimeSchema, suiteSchema } from '../../src/domain/suite.ts';
import { Farm, type FarmEvent } from '../../src/farm/farm.ts';
import { makePlan } from '../../src/farm/plan.ts';
import { makePolicy } from '../../src/farm/policy.ts';
import { prepare } from '../../src/farm/prepare.ts';
import type { RunSpec } from '../../src/farm/run-spec.ts';
import type { PlannedCase } from '../../src/domain/plan.ts';
import type { Reason } from '../../src/domain/verdict.ts';
import type { Unit } from '../../src/farm/unit.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';

export const RUN_ID = '20261122-060000-0001';

export interface RunParts {
  /** What the suite's `devices` say, and the units behind each where it is a pool. */
  readonly devices: Readonly<Record<string, readonly string[]>>;
  readonly models: number;
  readonly launches: number;
  readonly seconds: number;
  readonly budgetMinutes?: number;
  /** The cases to keep; all, when left out. */
  readonly keep?: (c: Case) => boolean;
}

/** A stored run of models that compute nothing, on simulated units; through the real plan, scheduler and store. */
export class SimulatedRun implements Disposable {
  readonly folder: string;
  readonly store: Store;
  readonly spec: RunSpec;
  readonly cases: readonly PlannedCase[];
  readonly events: FarmEvent[] = [];
  readonly #units: readonly Unit[];

  private constructor(store: Store, spec: RunSpec, cases: readonly PlannedCase[], units: readonly Unit[], folder: string) {
    this.store = store;
    this.spec = spec;
    this.cases = cases;
    this.#units = units;
    this.folder = folder;
  }

  static async make(parts: RunParts, units: readonly Unit[]): Promise<SimulatedRun> {
    const folder = mkdtempSync(join(tmpdir(), 'paddock-farm-'));
    const suite = suiteSchema.parse({
      suite: 'simulated', models: Array.from({ length: parts.models }, (_, index) => ({ id: `m${index}`, variants: [{ id: 'v', file: new URL('simulated-run.ts', import.meta.url).pathname }] })),
      runtimes: [runtimeSchema.parse({ id: 'null' })], workloads: [{ id: 'w', scenario: 'single-stream' }], devices: Object.keys(parts.devices), gates: 'none',
      measure: { launches: parts.launches, maxLaunches: parts.launches, minSeconds: parts.seconds, maxSeconds: parts.seconds, budgetMinutes: parts.budgetMinutes ?? 600 },
    });
    const workplace = { installFolder: folder, cacheFolder: folder, version: '0' };
    const named = Object.fromEntries(Object.entries(parts.devices).filter(([name]) => name.includes(':')).map(([name, ids]) => [name, [...ids]]));
    const prepared = await prepare({ suite, suiteFolder: folder, roster: { units, absent: new Map() }, workplace, signal: new AbortController().signal, onProgress: () => undefined, onMake: () => undefined, onNote: () => undefined });
    const plan = makePlan({ suite, offers: prepared.offers, units: named, faults: prepared.faults, formats: prepared.formats, only: [] });
    const cases = plan.cases.filter((planned) => parts.keep?.(planned.case) ?? true).map((planned, ordinal) => ({ ...planned, ordinal }));
    const spec: RunSpec = { suite, suitePath: null, suiteFolder: folder, configPath: null, preset: 'quick', seed: 1, files: prepared.files, units: named, identities: {}, harnesses: prepared.harnesses, quality: {} };
    const store = openStore(join(folder, 'store.sqlite'), { mode: 'write' });
    store.createRun({
      info: { id: RUN_ID, suite: suite.suite, preset: 'quick', seed: 1, status: 'running', startedAt: '2026-11-22T06:00:00.000Z', endedAt: null, paddock: '0', command: 'test', warnings: [] },
      suite: JSON.stringify(spec), devices: units.map((unit) => unit.device.facts), cases,
    });
    return new SimulatedRun(store, spec, cases, units, folder);
  }

  /** Runs, or goes on with, the cases. */
  async run(units: readonly Unit[] = this.#units, signal: AbortSignal = new AbortController().signal): Promise<ReadonlyMap<string, Reason>> {
    return new Farm({
      store: this.store, runId: RUN_ID, spec: this.spec, policy: makePolicy(this.spec.suite, 'quick'), cases: this.cases, units, absent: new Map(), host: new LocalDevice(),
      workplace: { installFolder: this.folder, cacheFolder: this.folder, version: '0' }, signal, onEvent: (event) => { this.events.push(event); },
    }).run();
  }

  [Symbol.dispose](): void {
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
