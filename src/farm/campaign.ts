import type { PlannedCase } from '../domain/plan.ts';
import { leastLaunches, sustainedSeconds, type MeasurePolicy } from '../domain/preset.ts';
import type { RuntimeSpec } from '../domain/suite.ts';
import type { Reason, Verdict } from '../domain/verdict.ts';
import type { GateKeeper } from '../device/gate-keeper.ts';
import { acquireLease } from '../device/lease.ts';
import type { SettingsKeeper } from '../device/settings-keeper.ts';
import { HarnessMissing } from '../harness/harness-missing.ts';
import { DEVICE_LOST, launchFault, TRANSIENT_FAULTS } from '../measure/fault.ts';
import { makeInputs, NO_INPUTS } from '../measure/inputs.ts';
import { measureLaunch } from '../measure/launch.ts';
import { SOFTWARE_GPU } from '../measure/software-gpu.ts';
import type { LaunchTarget } from '../measure/target.ts';
import { verify, type Reference } from '../measure/verification.ts';
import type { QualityPass } from '../quality/pass.ts';
import { findDelegate, findEngine } from '../runtime/registry.ts';
import type { Engine } from '../runtime/runtime.ts';
import { caseInterval } from '../stats/case-interval.ts';
import { MAX_TRANSIENT, type AttemptLog, type Digest } from './attempt-log.ts';
import { Budget } from './budget.ts';
import { qualitySubject, verificationSubject } from './estimate.ts';
import { blockOrder } from './order.ts';
import { limitsOf } from './prepare.ts';
import type { QualityBlock, QualityPasses } from './quality-passes.ts';
import type { References } from './references.ts';
import type { RunSpec } from './run-spec.ts';
import { UnitSetAside, type Unit } from './unit.ts';
import type { WorkClock } from './work-clock.ts';

/** A device that was lost this often, with nothing measured between, is set aside. */
const MAX_LOSSES_IN_A_ROW = 3;
const ALPHA = 0.05;
/** The same in every run: runs with other inputs can not be compared, while order and arrivals are to differ from run to run. */
const INPUT_SEED = 1;

/** What the campaign is doing, for progress. */
export type CampaignEvent =
  | { readonly kind: 'step'; readonly what: 'verify' | 'answer' | 'measure'; readonly device: string; readonly subject: string; readonly block: number; readonly done: number; readonly total: number; readonly remainingSeconds: number }
  | { readonly kind: 'fault'; readonly device: string; readonly subject: string; readonly reasons: readonly Reason[] }
  | { readonly kind: 'wait'; readonly device: string; readonly message: string }
  /** `cases`: keys of those that are left out, or have fewer launches than the preset wants. */
  | { readonly kind: 'out-of-budget'; readonly device: string; readonly left: number; readonly cases: readonly string[] }
  | { readonly kind: 'no-time-for-quality'; readonly device: string; readonly items: number; readonly cases: readonly string[] };

export interface CampaignOptions {
  readonly log: AttemptLog;
  readonly runId: string;
  readonly spec: RunSpec;
  /** Its budget is what this campaign may take, from now on. */
  readonly policy: MeasurePolicy;
  /** Where the budget has no time for all, the first ones are taken. */
  readonly cases: readonly PlannedCase[];
  readonly unit: Unit;
  /** The unit's, for the whole run. */
  readonly settings: SettingsKeeper;
  /** The unit's, for the whole run. */
  readonly gates: GateKeeper;
  readonly clock: WorkClock;
  readonly references: References;
  readonly quality: QualityPasses;
  /** Generated inputs. */
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: CampaignEvent) => void;
}

/** Makes every verification and launch of some cases that the run does not have yet from one unit, in interleaved randomised blocks. Each attempt is durable when it ends. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #cases: readonly PlannedCase[];
  /** What blocks are shuffled from: the same in each session of a run, whatever order the cases were given in. */
  readonly #inPlanOrder: readonly PlannedCase[];
  /** Verifications that the budget has no time for, with the launches behind them. */
  readonly #unaffordable = new Set<string>();
  #lossesInARow = 0;
  /** The last attempt ended with the device in somebody else's hands. */
  #wasTaken = false;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#cases = options.cases;
    this.#inPlanOrder = options.cases.toSorted((a, b) => a.ordinal - b.ordinal);
  }

  #engine({ case: { runtime } }: PlannedCase): Engine | null {
    return findEngine(this.#options.spec.suite.runtimes.find((item) => item.id === runtime)?.engine ?? runtime);
  }

  async #target(planned: PlannedCase): Promise<LaunchTarget> {
    const { spec, unit, cacheFolder } = this.#options;
    const { case: c } = planned;
    const model = spec.suite.models.find((item) => item.id === c.model);
    const variant = model?.variants.find((item) => item.id === c.variant);
    const runtime = spec.suite.runtimes.find((item) => item.id === c.runtime);
    const workload = spec.suite.workloads.find((item) => item.id === c.workload);
    const engine = this.#engine(planned);
    const delegate = engine === null ? null : findDelegate(engine, c.delegate);
    const file = spec.files[`${c.model}/${c.variant}`];
    if (model === undefined || variant === undefined || runtime === undefined || workload === undefined || engine === null || delegate === null || file === undefined) {
      throw new Error(`the run's plan names a case that its suite does not have: ${planned.key} on ${unit.id}`);
    }
    return {
      argv: await this.#harness(runtime, planned), device: unit.device, case: c, model, variant, file, runtime, engine, delegate, workload, limits: limitsOf(spec.suite),
      makeInputs: (signature, batch) => engine.verifiable === 'nothing' ? Promise.resolve(NO_INPUTS) : makeInputs({ model, signature, batch, seed: INPUT_SEED, suiteFolder: spec.suiteFolder, cacheFolder }),
    };
  }

  /** Brings the harness app to the device, where it is not there yet. Throws UnitSetAside when the device does not take it. */
  async #harness(runtime: RuntimeSpec, planned: PlannedCase): Promise<readonly string[]> {
    const { unit, signal } = this.#options;
    for (let transient = 0; ;) {
      try {
        return (await unit.harness(runtime, signal)).argv;
      } catch (error) {
        signal.throwIfAborted();
        const reason = launchFault(error)?.verdict.reasons[0];
        if (reason === undefined) throw error;
        if (TRANSIENT_FAULTS.has(reason.code) && ++transient < MAX_TRANSIENT) continue;
        if (reason.code !== DEVICE_LOST) throw new UnitSetAside(unit.id, { kind: error instanceof HarnessMissing ? 'host' : 'lost', message: `the harness app can't be brought there: ${reason.message}` });
        this.#wasTaken = false;
        await this.#mind(reason, planned.key);
      }
    }
  }

  #isGivenUp(key: string): boolean {
    return this.#options.log.launches(key, this.#options.unit.id).some(isFinal);
  }

  #isPrecise(key: string): boolean {
    const values = this.#options.log.launches(key, this.#options.unit.id).flatMap(({ status, value }) => (status === 'ok' && value !== null && value > 0 ? [value] : []));
    if (values.length < 2) return false;
    const { value, low, high } = caseInterval(values, ALPHA);
    return low !== null && high !== null && (high - low) / (2 * value) <= this.#options.policy.targetHalfWidth;
  }

  /** Cases whose launch in this block is still to be made, in the block's order. */
  #pending(block: number): PlannedCase[] {
    const { spec, log, unit } = this.#options;
    return blockOrder(this.#inPlanOrder, block, spec.seed).filter((planned) => !this.#hopeless(planned) && !this.#isGivenUp(planned.key)
      && log.settled('measure', planned.key, block, unit.id) === null && this.#isWanted(planned, block));
  }

  /** A sustained workload makes its launches and no more: precision is not what it is there for. */
  #isWanted({ key, case: { workload } }: PlannedCase, block: number): boolean {
    const { policy } = this.#options;
    return block < leastLaunches(policy, workload) || (sustainedSeconds(policy, workload) === null && !this.#isPrecise(key));
  }

  #isVerified(subject: string): boolean {
    return this.#options.log.settled('verify', subject, 0, this.#options.unit.id) !== null;
  }

  /** Whether its verification ended so that nothing behind it is launched. */
  #isRejected(subject: string): boolean {
    const digest = this.#options.log.settled('verify', subject, 0, this.#options.unit.id);
    return digest !== null && isFinal(digest);
  }

  #hopeless(planned: PlannedCase): boolean {
    const subject = verificationSubject(planned);
    return this.#isRejected(subject) || this.#unaffordable.has(subject);
  }

  /** Launches that the preset wants and that are still to be made. */
  #wanted(): PlannedCase[] {
    return Array.from({ length: this.#options.policy.minLaunches }, (_, block) => this.#pending(block)).flat();
  }

  #left(): number {
    return this.#wanted().length;
  }

  #remainingSeconds(budget: Budget, verifications: number, items: number): number {
    const { policy } = this.#options;
    const pending = this.#wanted().map(({ case: { workload } }) => sustainedSeconds(policy, workload));
    const sustained = pending.filter((seconds) => seconds !== null);
    return budget.remainingSeconds(verifications, items, pending.length - sustained.length) + sustained.reduce((sum, seconds) => sum + seconds, 0);
  }

  #casesBehind(subjects: ReadonlySet<string>): PlannedCase[] {
    return this.#cases.filter((planned) => subjects.has(verificationSubject(planned)) && !this.#isGivenUp(planned.key));
  }

  /** The least launches of the cases that lean on these verifications, less those already made. */
  #launchesBehind(subjects: ReadonlySet<string>): number {
    const { policy, log, unit } = this.#options;
    return this.#casesBehind(subjects).reduce((sum, planned) => sum + Math.max(0, leastLaunches(policy, planned.case.workload) - log.launches(planned.key, unit.id).length), 0);
  }

  /** Throws UnitSetAside when the device is lost for good, the signal's reason when it is aborted. */
  async run(): Promise<void> {
    const { policy, clock, onEvent, unit } = this.#options;
    const subjects = new Map(this.#cases.filter((planned) => this.#engine(planned)?.verifiable === 'outputs').map((planned) => [verificationSubject(planned), planned]));
    const missing = [...subjects].filter(([subject]) => !this.#isVerified(subject));
    const budget = new Budget(policy, clock, missing.length);
    let done = 0;
    const admitted = new Set([...subjects.keys()].filter((subject) => this.#isVerified(subject) && !this.#isRejected(subject)));
    for (const [subject, planned] of missing) {
      admitted.add(subject);
      if (!budget.admits(this.#launchesBehind(admitted))) {
        admitted.delete(subject);
        this.#unaffordable.add(subject);
        continue;
      }
      const left = this.#left();
      onEvent({ kind: 'step', what: 'verify', device: unit.id, subject, block: 0, done, total: missing.length + this.#blocks().length + left, remainingSeconds: this.#remainingSeconds(budget, missing.length - done, this.#items()) });
      await this.#verifyOne(subject, planned, budget);
      if (this.#isRejected(subject)) admitted.delete(subject);
      done++;
    }
    if (this.#unaffordable.size > 0) {
      budget.dropVerifications(this.#unaffordable.size);
      onEvent({ kind: 'out-of-budget', device: unit.id, left: this.#launchesBehind(this.#unaffordable), cases: this.#casesBehind(this.#unaffordable).map(({ key }) => key) });
    }
    done = await this.#answerAll(budget, done);
    for (let block = 0; block < policy.maxLaunches; block++) {
      for (const planned of this.#pending(block)) {
        if (this.#isGivenUp(planned.key)) continue;
        const left = Math.max(1, this.#left());
        if (!budget.allows(sustainedSeconds(policy, planned.case.workload))) {
          if (block < policy.minLaunches) onEvent({ kind: 'out-of-budget', device: unit.id, left, cases: [...new Set(this.#wanted().map(({ key }) => key))] });
          return;
        }
        onEvent({ kind: 'step', what: 'measure', device: unit.id, subject: planned.key, block, done, total: done + left, remainingSeconds: this.#remainingSeconds(budget, 0, 0) });
        await this.#measureOne(planned, block, budget, left);
        done++;
      }
    }
  }

  /** Blocks of items that are still to be answered, of cases that are worth it. */
  #blocks(): QualityBlock[] {
    const { quality, unit } = this.#options;
    return quality.missing(this.#cases.filter((planned) => !this.#hopeless(planned) && !this.#isGivenUp(planned.key)), unit.id);
  }

  #items(): number {
    return this.#blocks().reduce((sum, { items }) => sum + items, 0);
  }

  /** Quality before speed: a variant that answers wrongly is not worth its launches' numbers. Gives how many steps are done. */
  async #answerAll(budget: Budget, before: number): Promise<number> {
    const { unit, onEvent } = this.#options;
    let done = before;
    const unanswered = new Set<string>();
    let left = 0;
    for (const block of this.#blocks()) {
      const launches = this.#left();
      if (unanswered.has(block.subject) || !budget.admitsQuality(block.items, launches)) {
        unanswered.add(block.subject);
        left += block.items;
        continue;
      }
      const blocks = this.#blocks();
      onEvent({ kind: 'step', what: 'answer', device: unit.id, subject: block.subject, block: block.block, done, total: done + blocks.length + launches, remainingSeconds: this.#remainingSeconds(budget, 0, this.#items()) });
      await this.#answerOne(block, budget);
      done++;
    }
    if (left > 0) onEvent({ kind: 'no-time-for-quality', device: unit.id, items: left, cases: this.#cases.filter((planned) => unanswered.has(qualitySubject(planned))).map(({ key }) => key) });
    return done;
  }

  async #answerOne(block: QualityBlock, budget: Budget): Promise<void> {
    const { quality, references, clock, unit, signal, onEvent } = this.#options;
    while (quality.settled(block.subject, block.block, unit.id) === null) {
      const target = await this.#target(block.planned);
      const work = (): Promise<QualityPass> => quality.measure(block, target, signal);
      // The reference is answered on this machine, which another campaign may be measuring on.
      const asked = quality.comparesWithReference(block) && unit.lockId !== references.hostId ? (): Promise<QualityPass> => references.alone(clock, signal, work) : work;
      const { outcome, startedAt, endedAt, seconds } = await this.#exclusive(asked);
      quality.add(block, unit.id, outcome, { startedAt, endedAt });
      budget.tookQuality(seconds, block.items);
      const { verdict } = outcome.record;
      if (verdict.status !== 'ok') onEvent({ kind: 'fault', device: unit.id, subject: block.subject, reasons: verdict.reasons });
      await this.#mind(verdict.reasons[0], block.subject);
    }
  }

  /** Does work while nobody else measures on the device. Its times leave out the wait for others. A verdict that somebody else's work on the device may be in is replaced. */
  async #exclusive<T extends { readonly record: { readonly verdict: Verdict } }>(work: () => Promise<T>): Promise<{ readonly outcome: T; readonly startedAt: string; readonly endedAt: string; readonly seconds: number }> {
    const { unit, clock, signal, onEvent, runId } = this.#options;
    await using _lease = await clock.whileWaiting(acquireLease(unit.lockId, { owner: ownerOf(runId), signal, onWait: (owner) => onEvent({ kind: 'wait', device: unit.id, message: `${owner} is measuring on this device; waiting for its launch to end` }) }));
    const startedSeconds = clock.seconds;
    const startedAt = new Date();
    const startedMs = performance.now();
    const outcome = await work();
    // What an attempt took is read from its two times when the run is gone on with: a clock that is set meanwhile must not be in it.
    const endedAt = new Date(startedAt.getTime() + performance.now() - startedMs);
    const endedSeconds = clock.seconds;
    const taken = await unit.confirm(signal);
    this.#wasTaken = taken !== null;
    const verdict: Verdict = { status: 'failed', reasons: [{ code: DEVICE_LOST, message: `${unit.id} was taken by ${taken ?? ''} meanwhile` }] };
    return {
      outcome: taken === null ? outcome : { ...outcome, record: { ...outcome.record, verdict } },
      startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString(), seconds: endedSeconds - startedSeconds,
    };
  }

  async #verifyOne(subject: string, planned: PlannedCase, budget: Budget): Promise<void> {
    const { log, unit, references, clock, signal, onEvent } = this.#options;
    while (!this.#isVerified(subject)) {
      const target = await this.#target(planned);
      // Before the device is taken: this machine computes it, and may be the device.
      const reference: Promise<Reference> = references.of(target, { unit, clock }, signal);
      await reference.catch(() => signal.throwIfAborted());
      const { outcome: { record }, startedAt, endedAt, seconds } = await this.#exclusive(async () => ({ record: await verify(target, () => reference, signal) }));
      await log.add({ kind: 'verify', subject, block: 0, unit: unit.id, startedAt, endedAt, record, samplesNs: null });
      budget.tookVerification(seconds);
      if (record.verdict.status !== 'ok') onEvent({ kind: 'fault', device: unit.id, subject, reasons: record.verdict.reasons });
      await this.#mind(record.verdict.reasons[0], subject);
    }
  }

  async #measureOne(planned: PlannedCase, block: number, budget: Budget, left: number): Promise<void> {
    const { log, policy, spec, unit, settings, gates, signal, onEvent } = this.#options;
    while (log.settled('measure', planned.key, block, unit.id) === null) {
      const target = await this.#target(planned);
      const maxSeconds = sustainedSeconds(policy, planned.case.workload) ?? budget.launchSeconds(left);
      let told: number = 0;
      const { outcome, startedAt, endedAt, seconds } = await this.#exclusive(() => measureLaunch(target, {
        policy, gates, gateWaitMs: policy.gateWaitSeconds * 1000, prepareDevice: (until) => settings.ensure(unit.device, until), maxSeconds, seed: `${spec.seed}/${planned.key}/${block}`, signal,
        onWait: (reasons, remainingMs, coolInMs) => {
          const message = `${reasons.map((reason) => reason.message).join('; ')}; waiting up to ${Math.ceil(remainingMs / 1000)} s`;
          // The first looks tell no course; once one is known, it is told.
          const estimate = coolInMs === null ? '' : `; cool enough in about ${Math.ceil(coolInMs / 1000)} s`;
          if (told < (coolInMs === null ? 1 : 2)) onEvent({ kind: 'wait', device: unit.id, message: message + estimate });
          told = coolInMs === null ? Math.max(told, 1) : 2;
        },
      }));
      await log.add({ kind: 'measure', subject: planned.key, block, unit: unit.id, startedAt, endedAt, record: outcome.record, samplesNs: outcome.samplesNs, completionsNs: outcome.completionsNs });
      budget.tookLaunch(seconds - outcome.measuredSeconds);
      const { verdict } = outcome.record;
      if (verdict.status !== 'ok') onEvent({ kind: 'fault', device: unit.id, subject: planned.key, reasons: verdict.reasons });
      await this.#mind(verdict.reasons[0], planned.key);
    }
  }

  /** After an attempt that lost the device, has it back or gives it up. Throws UnitSetAside. */
  async #mind(reason: Reason | undefined, subject: string): Promise<void> {
    const { unit, signal, onEvent } = this.#options;
    if (reason?.code !== DEVICE_LOST) {
      this.#lossesInARow = 0;
      return;
    }
    onEvent({ kind: 'wait', device: unit.id, message: `${reason.message}; waiting for it to come back` });
    const gone = await unit.recover(signal);
    if (gone !== null) throw new UnitSetAside(unit.id, { kind: gone.kind, message: `${reason.message}, and it did not come back: ${gone.message}` });
    onEvent({ kind: 'wait', device: unit.id, message: 'it is back' });
    this.#lossesInARow++;
    if (this.#lossesInARow >= MAX_LOSSES_IN_A_ROW) throw new UnitSetAside(unit.id, { kind: this.#wasTaken ? 'in-use' : 'lost', message: `it was lost ${this.#lossesInARow} times in a row, the last time at ${subject}: ${reason.message}` });
  }
}

/** Whether more launches could not change the case's verdict, nor give a number that is one of it. */
function isFinal({ status, code }: Digest): boolean {
  return status === 'failed' || status === 'unsupported' || code === SOFTWARE_GPU;
}

/** Who holds a device, for those who wait for it. */
export function ownerOf(runId: string): string {
  return `paddock run ${runId} (pid ${process.pid})`;
}
