import type { PlannedCase } from '../domain/plan.ts';
import type { MeasurePolicy } from '../domain/preset.ts';
import type { Reason, Verdict } from '../domain/verdict.ts';
import type { Device } from '../device/device.ts';
import { GateKeeper } from '../device/gate-keeper.ts';
import { gateRules } from '../device/gates.ts';
import { SettingsKeeper } from '../device/settings-keeper.ts';
import type { Store } from '../store/store.ts';
import { AttemptLog } from './attempt-log.ts';
import { Campaign, ownerOf, type CampaignEvent } from './campaign.ts';
import { makeLots, type Lot } from './lots.ts';
import { QualityPasses } from './quality-passes.ts';
import { References } from './references.ts';
import type { RunSpec } from './run-spec.ts';
import { UnitSetAside, type Unit } from './unit.ts';
import { WorkClock } from './work-clock.ts';
import { WorkQueue } from './work-queue.ts';
import { builtInHarness, type Workplace } from './workplace.ts';

export type FarmEvent = CampaignEvent | { readonly kind: 'set-aside' | 'left'; readonly device: string; readonly message: string; readonly stranded: number } | { readonly kind: 'done'; readonly device: string };

export interface FarmOptions {
  readonly store: Store;
  readonly runId: string;
  readonly spec: RunSpec;
  readonly policy: MeasurePolicy;
  readonly cases: readonly PlannedCase[];
  readonly units: readonly Unit[];
  /** Units that could not be opened, and why. */
  readonly absent: ReadonlyMap<string, Verdict>;
  /** This machine, for the references. */
  readonly host: Device;
  readonly workplace: Workplace;
  readonly signal: AbortSignal;
  readonly onEvent: (event: FarmEvent) => void;
}

/** A lost device is tried again after a week: who looks after the lab has seen it by then, and a device that nobody minds should not be away for good. */
const SET_ASIDE_MS = 7 * 86_400_000;

/** Works off a run's cases on all its units at once, one launch at a time on each. */
export class Farm {
  readonly #options: FarmOptions;
  readonly #log: AttemptLog;
  readonly #queue: WorkQueue;
  readonly #references: References;
  readonly #quality: QualityPasses;
  readonly #clocks: ReadonlyMap<string, WorkClock>;
  /** What each unit may expect to do, seconds, before anything was done. */
  readonly #expectedSeconds: ReadonlyMap<string, number>;
  /** What units took before they left the run. */
  readonly #leftAfterSeconds = new Map<string, number>();
  /** Why cases were left without a unit, by case key. */
  readonly #left = new Map<string, Reason>();
  #stop: AbortSignal;

  constructor(options: FarmOptions) {
    const { store, runId, spec, policy, cases, units, host, workplace, signal, onEvent } = options;
    this.#options = options;
    this.#stop = signal;
    this.#log = new AttemptLog(store, runId);
    const isLot = (lot: Lot): string | null => lot.cases.map((planned) => this.#log.lastUnit(planned.key)).find((unit) => unit !== null) ?? store.homeOf(lot.id);
    const lots = makeLots(cases, spec, policy);
    this.#noteUnreachable(lots);
    this.#queue = new WorkQueue(lots, units.map((unit) => unit.id), isLot);
    this.#clocks = new Map(units.map(({ id }) => [id, new WorkClock()]));
    this.#expectedSeconds = new Map(units.map(({ id }) => [id, this.#queue.expectedSeconds(id)]));
    this.#references = new References({ spec, host, argv: builtInHarness(workplace), owner: ownerOf(runId), onWait: (owner) => onEvent({ kind: 'wait', device: host.facts.id, message: `${owner} is measuring on this machine; the reference waits for its launch to end` }) });
    this.#quality = new QualityPasses({ store, runId, spec, references: this.#references, context: { suiteFolder: spec.suiteFolder, installFolder: workplace.installFolder, cacheFolder: workplace.cacheFolder } });
  }

  /** Ends when nothing is left that a unit could do. Gives why cases were left without one, by key. Throws the signal's reason, or the first fault of Paddock's own. */
  async run(): Promise<ReadonlyMap<string, Reason>> {
    const { units, signal } = this.#options;
    const fault = new AbortController();
    this.#stop = AbortSignal.any([signal, fault.signal]);
    const ends = await Promise.allSettled(units.map(async (unit) => {
      try {
        await this.#work(unit);
      } catch (error) {
        // One unit's fault of Paddock's own ends the others too, and is what the run ends with.
        fault.abort(error);
        throw error;
      }
    }));
    signal.throwIfAborted();
    const first = ends.find((end) => end.status === 'rejected');
    if (first !== undefined) throw fault.signal.reason;
    return this.#left;
  }

  async #work(unit: Unit): Promise<void> {
    const { runId, spec, store, workplace, onEvent } = this.#options;
    const settings = new SettingsKeeper({ ...unit.device.profile?.settings, ...spec.suite.settings }, workplace.cacheFolder);
    const gates = new GateKeeper(gateRules(spec.suite.gates, unit.device.profile));
    try {
      for (let lot = await this.#queue.next(unit.id, this.#stop); lot !== null; lot = await this.#queue.next(unit.id, this.#stop)) {
        if (lot.units.length > 1) store.setHome(lot.id, unit.id);
        await new Campaign({ log: this.#log, runId, spec, policy: this.#policyFor(unit, lot), cases: lot.cases, unit, settings, gates, clock: this.#clockOf(unit), references: this.#references, quality: this.#quality, cacheFolder: workplace.cacheFolder, signal: this.#stop, onEvent }).run();
      }
      onEvent({ kind: 'done', device: unit.id });
    } catch (error) {
      if (!(error instanceof UnitSetAside)) throw error;
      this.#setAside(unit, error);
    } finally {
      const left = await settings.restore(unit.device);
      if (left !== null) onEvent({ kind: 'wait', device: unit.id, message: left });
    }
  }

  /** Cases of a run that is gone on with, whose devices are not there this time. */
  #noteUnreachable(lots: readonly Lot[]): void {
    const { units, absent } = this.#options;
    for (const lot of lots.filter((each) => !each.units.some((id) => units.some((unit) => unit.id === id)))) {
      const reason = lot.units.flatMap((id) => absent.get(id)?.reasons ?? [])[0] ?? { code: 'no-device', message: `none of its devices is there: ${lot.units.join(', ')}` };
      for (const { key } of lot.cases) this.#left.set(key, reason);
    }
  }

  #setAside(unit: Unit, { kind, message }: UnitSetAside): void {
    const { store, onEvent } = this.#options;
    this.#leftAfterSeconds.set(unit.id, this.#spentSeconds(unit));
    // A device that another Paddock has is not broken.
    const now = Date.now();
    if (kind === 'lost') store.setAside({ device: unit.id, reason: message, since: new Date(now).toISOString(), until: new Date(now + SET_ASIDE_MS).toISOString() });
    const stranded = this.#queue.leave(unit.id).flatMap((lot) => lot.cases);
    for (const { key } of stranded) this.#left.set(key, kind === 'lost' ? { code: 'device-set-aside', message: `${unit.id} was set aside: ${message}` } : { code: kind === 'host' ? 'harness-missing' : 'device-in-use', message: `${unit.id} left the run: ${message}` });
    onEvent({ kind: kind === 'lost' ? 'set-aside' : 'left', device: unit.id, message, stranded: stranded.length });
  }

  /** The run's time that is left on a unit is shared between the lot and what the unit may expect after it. */
  #policyFor(unit: Unit, lot: Lot): MeasurePolicy {
    const { policy } = this.#options;
    if (policy.budgetSeconds === null) return policy;
    const shareSeconds = policy.budgetScope === 'device' ? policy.budgetSeconds : this.#shareSeconds(policy.budgetSeconds, unit, lot);
    const leftSeconds = Math.max(0, shareSeconds - this.#spentSeconds(unit));
    return { ...policy, budgetSeconds: (leftSeconds * lot.seconds) / (lot.seconds + this.#queue.expectedSeconds(unit.id)) };
  }

  /** A unit's part of what its machine has: as its work is of all that was to be done there by those who are still in the run. */
  #shareSeconds(machineSeconds: number, unit: Unit, lot: Lot): number {
    const mates = this.#options.units.filter(({ lockId }) => lockId === unit.lockId);
    const goneSeconds = mates.reduce((sum, { id }) => sum + (this.#leftAfterSeconds.get(id) ?? 0), 0);
    const own = Math.max(lot.seconds, this.#expectedSeconds.get(unit.id) ?? 0);
    const others = mates.filter(({ id }) => id !== unit.id && !this.#leftAfterSeconds.has(id)).reduce((sum, { id }) => sum + (this.#expectedSeconds.get(id) ?? 0), 0);
    return (Math.max(0, machineSeconds - goneSeconds) * own) / (own + others);
  }

  #spentSeconds(unit: Unit): number {
    return this.#log.spentSeconds(unit.id) + this.#quality.spentSeconds(unit.id) + this.#clockOf(unit).seconds;
  }

  #clockOf({ id }: Unit): WorkClock {
    const clock = this.#clocks.get(id);
    if (clock === undefined) throw new Error(`the run has no unit ${id}`);
    return clock;
  }
}
