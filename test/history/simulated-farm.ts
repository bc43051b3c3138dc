import { caseKey } from '../../src/domain/case.ts';
import type { PlannedCase } from '../../src/domain/plan.ts';
import type { CaseResult } from '../../src/domain/result.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { watchSchema, type WatchSettings } from '../../src/domain/watch.ts';
import { watchRun, type NightReport } from '../../src/history/watch-run.ts';
import type { Store } from '../../src/store/store.ts';
import { ar1 } from '../stats/simulation.ts';
import { exampleCase, exampleResult } from '../store/example.ts';
import { addNight, nightId } from '../store/nights.ts';

export const QUIET: WatchSettings = watchSchema.parse({});

/** One model of a simulated device. */
export interface SimulatedModel {
  readonly name: string;
  readonly levelMs: number;
  /** Log-normal noise between nights, as a share. */
  readonly noise: number;
}

export interface SimulatedNight {
  /** Factor on a model's latency. */
  readonly factor: (model: string, night: number) => number;
  /** Changes the row before it is stored; null: the night did not plan it. */
  readonly row?: (row: CaseResult, model: string, night: number) => CaseResult | null;
}

/** Nights of a device with made-up latencies (AR(1) .3 between nights), stored and watched as `paddock run` does it. */
export class SimulatedFarm {
  readonly #store: Store;
  readonly #plan: readonly PlannedCase[];
  readonly #models: readonly SimulatedModel[];
  readonly #noise: readonly Float64Array[];
  readonly #settings: WatchSettings;
  night = 0;

  constructor(store: Store, models: readonly SimulatedModel[], seed: string, settings: WatchSettings = QUIET) {
    this.#store = store;
    this.#models = models;
    this.#settings = settings;
    this.#plan = models.map((model, ordinal) => {
      const c = { ...exampleCase(0), model: model.name };
      return { key: caseKey(c), ordinal, case: c, verdict: null };
    });
    this.#noise = models.map((model) => ar1(1000, 0.3, seededRandom(`${seed}/${model.name}`)));
  }

  keyOf(name: string): string {
    return this.#plan[this.#models.findIndex((model) => model.name === name)]?.key ?? '';
  }

  /** Stores the next night, and judges it from the first night on. */
  next(how: SimulatedNight, settings: WatchSettings = this.#settings): NightReport {
    const night = this.night++;
    addNight(this.#store, night, this.#plan, (planned) => {
      const model = this.#models[planned.ordinal];
      if (model === undefined) return null;
      const value = model.levelMs * how.factor(model.name, night) * Math.exp(model.noise * (this.#noise[planned.ordinal]?.[night] ?? 0));
      const metric = { value, low: value * (1 - model.noise), high: value * (1 + model.noise), n: 6, unit: 'ms', method: 'm' };
      const row: CaseResult = { ...exampleResult(planned), metrics: { latency_p50: metric } };
      return how.row === undefined ? row : how.row(row, model.name, night);
    });
    return watchRun({ store: this.#store, runId: nightId(night), settings, now: new Date(Date.parse('2026-01-01T03:00:00Z') + night * 86_400_000) });
  }

  run(nights: number, how: SimulatedNight): readonly NightReport[] {
    return Array.from({ length: nights }, () => this.next(how));
  }
}

export function models(count: number, noise = 0.02): SimulatedModel[] {
  return Array.from({ length: count }, (_, index) => ({ name: `net${index}`, levelMs: 5 + index, noise }));
}
