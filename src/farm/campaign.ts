import type { LaunchRecord, VerificationRecord } from '../domain/launch.ts';
import type { GateBounds } from '../domain/gate.ts';
import type { PlannedCase } from '../domain/plan.ts';
import type { MeasurePolicy } from '../domain/preset.ts';
import { referenceVariant } from '../domain/suite.ts';
import type { Reason, Verdict } from '../domain/verdict.ts';
import type { Device } from '../device/device.ts';
import { DEFAULT_GATES } from '../device/gates.ts';
import { acquireLease } from '../device/lease.ts';
import { makeInputs, NO_INPUTS } from '../measure/inputs.ts';
import { measureLaunch } from '../measure/launch.ts';
import type { LaunchTarget } from '../measure/target.ts';
import { computeReference, ReferenceMissing, referenceTarget, verify, type Reference } from '../measure/verification.ts';
import { findDelegate, findEngine } from '../runtime/registry.ts';
import type { Store } from '../store/store.ts';
import { caseInterval } from '../stats/case-interval.ts';
import { Budget } from './budget.ts';
import { verificationSubject } from './estimate.ts';
import { blockOrder } from './order.ts';
import { limitsOf } from './prepare.ts';
import type { RunSpec } from './run-spec.ts';
import { builtInHarness, type Workplace } from './workplace.ts';

/** A launch whose process died is tried once more: a crash can be the machine's. */
const MAX_ATTEMPTS = 2;
const ALPHA = 0.05;
/** The same in every run: runs with other inputs can not be compared, while order and arrivals are to differ from run to run. */
const INPUT_SEED = 1;

function hasCrashed(verdict: Verdict): boolean {
  return verdict.status === 'failed' && verdict.reasons[0]?.code === 'crash';
}

/** What the campaign is doing, for progress. */
export type CampaignEvent =
  | { readonly kind: 'step'; readonly what: 'verify' | 'measure'; readonly device: string; readonly subject: string; readonly block: number; readonly done: number; readonly total: number; readonly remainingSeconds: number }
  | { readonly kind: 'fault'; readonly subject: string; readonly reasons: readonly Reason[] }
  | { readonly kind: 'wait'; readonly device: string; readonly message: string }
  | { readonly kind: 'out-of-budget'; readonly left: number };

export interface CampaignOptions {
  readonly store: Store;
  readonly runId: string;
  readonly spec: RunSpec;
  readonly policy: MeasurePolicy;
  readonly cases: readonly PlannedCase[];
  readonly device: Device;
  readonly workplace: Workplace;
  readonly signal: AbortSignal;
  readonly onEvent: (event: CampaignEvent) => void;
}

/** Makes every verification and launch that the store does not have yet, on one device, in interleaved randomised blocks. Each attempt is durable when it ends. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #cases: readonly PlannedCase[];
  readonly #verdicts = new Map<string, VerificationRecord>();
  readonly #launches = new Map<string, Map<number, LaunchRecord>>();
  readonly #references = new Map<string, Promise<Reference>>();
  readonly #attempts = new Map<string, number>();
  readonly #givenUp = new Set<string>();
  /** Verifications that the budget has no time for, with the launches behind them. */
  readonly #unaffordable = new Set<string>();
  #spentSeconds = 0;
  #position = 0;
  #gatesStayedShut = false;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#cases = options.cases.filter((planned) => planned.verdict === null && planned.case.device === options.device.facts.id);
    for (const attempt of options.store.attempts(options.runId)) {
      this.#position = Math.max(this.#position, attempt.position + 1);
      this.#spentSeconds += (Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt)) / 1000;
      this.#attempts.set(`${attempt.kind}\n${attempt.subject}\n${attempt.block}`, attempt.attempt + 1);
      if (attempt.kind === 'verify') {
        if (!hasCrashed(attempt.record.verdict) || attempt.attempt + 1 >= MAX_ATTEMPTS) this.#verdicts.set(attempt.subject, attempt.record);
      }
      else this.#remember(attempt.subject, attempt.block, attempt.record, attempt.attempt);
    }
  }

  #remember(key: string, block: number, record: LaunchRecord, attempt: number): void {
    if (hasCrashed(record.verdict) && attempt + 1 < MAX_ATTEMPTS) return;
    const blocks = this.#launches.get(key) ?? new Map<number, LaunchRecord>();
    this.#launches.set(key, blocks.set(block, record));
    if (record.verdict.status === 'failed' || record.verdict.status === 'unsupported') this.#givenUp.add(key);
  }

  #target(planned: PlannedCase): LaunchTarget {
    const { spec, device, workplace } = this.#options;
    const { case: c } = planned;
    const model = spec.suite.models.find((item) => item.id === c.model);
    const variant = model?.variants.find((item) => item.id === c.variant);
    const runtime = spec.suite.runtimes.find((item) => item.id === c.runtime);
    const workload = spec.suite.workloads.find((item) => item.id === c.workload);
    const engine = findEngine(runtime?.engine ?? c.runtime);
    const delegate = engine === null ? null : findDelegate(engine, c.delegate);
    const file = spec.files[`${c.model}/${c.variant}`];
    const harness = spec.harnesses[c.runtime];
    if (model === undefined || variant === undefined || runtime === undefined || workload === undefined || engine === null || delegate === null || file === undefined || harness === undefined) {
      throw new Error(`the run's plan names a case that its suite does not have: ${planned.key}`);
    }
    return {
      device, argv: harness.argv, case: c, model, variant, file, runtime, engine, delegate, workload, limits: limitsOf(spec.suite),
      makeInputs: (signature, batch) => engine.verifiable === 'nothing' ? Promise.resolve(NO_INPUTS) : makeInputs({ model, signature, batch, seed: INPUT_SEED, suiteFolder: spec.suiteFolder, cacheFolder: workplace.cacheFolder }),
    };
  }

  /** The reference's outputs, computed once a model and batch size. It runs on this host's own harness: the plainest path there is. */
  #reference(target: LaunchTarget): (signal: AbortSignal) => Promise<Reference> {
    const { spec, workplace } = this.#options;
    const chosen = referenceVariant(target.model);
    const file = chosen === null ? undefined : spec.files[`${target.model.id}/${chosen.id}`];
    const variant = file === undefined ? target.variant : (chosen ?? target.variant);
    const cpu = findDelegate(target.engine, 'cpu') ?? target.delegate;
    const key = `${target.model.id}\n${variant.id}\n${target.case.options.batch}\n${target.engine.name}`;
    return async (signal) => {
      if (chosen !== null && file === undefined) throw new ReferenceMissing(`the file of variant ${chosen.id}, which is the reference, could not be had`);
      const known = this.#references.get(key) ?? computeReference(referenceTarget(target, { variant, file: file ?? target.file, delegate: cpu, argv: builtInHarness(workplace), device: target.device }), chosen === null ? 'itself' : 'reference', signal);
      this.#references.set(key, known);
      return known;
    };
  }

  #isPrecise(key: string): boolean {
    const records = [...(this.#launches.get(key)?.values() ?? [])].filter((record) => record.verdict.status === 'ok');
    const values = records.map((record) => (record.sps ?? record.quantiles.p50?.value ?? 0)).filter((value) => value > 0);
    if (values.length < 2) return false;
    const { value, low, high } = caseInterval(values, ALPHA);
    return low !== null && high !== null && (high - low) / (2 * value) <= this.#options.policy.targetHalfWidth;
  }

  /** Advisory gates that a full wait did not open are not waited for again until they were seen open: the time is better measured with a warning. */
  #gateWaitMs(): number {
    const { policy, spec } = this.#options;
    return this.#gatesStayedShut && spec.suite.gates === undefined ? 0 : policy.gateWaitSeconds * 1000;
  }

  /** Cases whose launch in this block is still to be made, in the block's order. */
  #pending(block: number): PlannedCase[] {
    const { policy, spec } = this.#options;
    return blockOrder(this.#cases, block, spec.seed).filter((planned) => !this.#givenUp.has(planned.key) && !this.#hopeless(planned)
      && this.#launches.get(planned.key)?.has(block) !== true && (block < policy.minLaunches || !this.#isPrecise(planned.key)));
  }

  #hopeless(planned: PlannedCase): boolean {
    const status = this.#verdicts.get(verificationSubject(planned))?.verdict.status;
    return status === 'failed' || status === 'unsupported' || this.#unaffordable.has(verificationSubject(planned));
  }

  #left(fromBlock: number): number {
    let count = 0;
    for (let block = fromBlock; block < this.#options.policy.minLaunches; block++) count += this.#pending(block).length;
    return count;
  }

  /** The least launches of the cases that lean on these verifications, less those already made. */
  #launchesBehind(subjects: ReadonlySet<string>): number {
    return this.#cases.filter((planned) => subjects.has(verificationSubject(planned)) && !this.#givenUp.has(planned.key))
      .reduce((sum, planned) => sum + Math.max(0, this.#options.policy.minLaunches - (this.#launches.get(planned.key)?.size ?? 0)), 0);
  }

  async run(): Promise<void> {
    const { policy, onEvent, device } = this.#options;
    const subjects = new Map(this.#cases.filter((planned) => findEngine(this.#target(planned).engine.name)?.verifiable === 'outputs').map((planned) => [verificationSubject(planned), planned]));
    const missing = [...subjects].filter(([subject]) => !this.#verdicts.has(subject));
    const budget = new Budget(policy, missing.length, this.#spentSeconds);
    let done = 0;
    const admitted = new Set(this.#verdicts.keys());
    for (const [subject, planned] of missing) {
      admitted.add(subject);
      if (!budget.admits(this.#launchesBehind(admitted))) {
        admitted.delete(subject);
        this.#unaffordable.add(subject);
        continue;
      }
      onEvent({ kind: 'step', what: 'verify', device: device.facts.id, subject, block: 0, done, total: missing.length + this.#left(0), remainingSeconds: budget.remainingSeconds(missing.length - done, this.#left(0)) });
      await this.#verifyOne(subject, planned, budget);
      done++;
    }
    if (this.#unaffordable.size > 0) {
      budget.dropVerifications(this.#unaffordable.size);
      onEvent({ kind: 'out-of-budget', left: this.#launchesBehind(this.#unaffordable) });
    }
    for (let block = 0; block < policy.maxLaunches; block++) {
      for (const planned of this.#pending(block)) {
        if (this.#givenUp.has(planned.key)) continue;
        const left = Math.max(1, this.#left(0));
        if (!budget.allows()) {
          if (block < policy.minLaunches) onEvent({ kind: 'out-of-budget', left });
          return;
        }
        onEvent({ kind: 'step', what: 'measure', device: device.facts.id, subject: planned.key, block, done, total: done + left, remainingSeconds: budget.remainingSeconds(0, left) });
        await this.#measureOne(planned, block, budget, left);
        done++;
      }
    }
  }

  /** Does work while nobody else measures on the device. Its times leave out the wait for others. */
  async #exclusive<T>(work: () => Promise<T>): Promise<{ readonly outcome: T; readonly startedAt: string; readonly endedAt: string; readonly seconds: number }> {
    const { device, signal, onEvent, runId } = this.#options;
    await using lease = await acquireLease(device.facts.id, { owner: `paddock run ${runId} (pid ${process.pid})`, signal, onWait: (owner) => onEvent({ kind: 'wait', device: device.facts.id, message: `${owner} is measuring on this device; waiting for its launch to end` }) });
    void lease;
    const startedAt = new Date();
    const outcome = await work();
    const endedAt = new Date();
    return { outcome, startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString(), seconds: (endedAt.getTime() - startedAt.getTime()) / 1000 };
  }

  async #verifyOne(subject: string, planned: PlannedCase, budget: Budget): Promise<void> {
    const { store, runId, signal, onEvent } = this.#options;
    const target = this.#target(planned);
    for (let attempt = this.#attempts.get(`verify\n${subject}\n0`) ?? 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { outcome: record, startedAt, endedAt, seconds } = await this.#exclusive(() => verify(target, this.#reference(target), signal));
      store.addAttempt({ runId, kind: 'verify', subject, block: 0, attempt, position: this.#position++, startedAt, endedAt, record, samplesNs: null });
      budget.tookVerification(seconds);
      if (record.verdict.status !== 'ok') onEvent({ kind: 'fault', subject, reasons: record.verdict.reasons });
      if (hasCrashed(record.verdict) && attempt + 1 < MAX_ATTEMPTS) continue;
      this.#verdicts.set(subject, record);
      return;
    }
  }

  async #measureOne(planned: PlannedCase, block: number, budget: Budget, left: number): Promise<void> {
    const { store, runId, policy, spec, device, signal, onEvent } = this.#options;
    const target = this.#target(planned);
    const gates: GateBounds = spec.suite.gates ?? DEFAULT_GATES;
    const slot = `measure\n${planned.key}\n${block}`;
    for (let attempt = this.#attempts.get(slot) ?? 0; attempt < MAX_ATTEMPTS; attempt++) {
      const maxSeconds = budget.launchSeconds(left);
      let told = false;
      const { outcome, startedAt, endedAt, seconds } = await this.#exclusive(() => measureLaunch(target, {
        policy, gates, gateWaitMs: this.#gateWaitMs(), gateBreach: spec.suite.gates === undefined ? 'warn' : 'invalid', maxSeconds, seed: `${spec.seed}/${planned.key}/${block}`, signal,
        onWait: (reasons, remainingMs) => {
          if (!told) onEvent({ kind: 'wait', device: device.facts.id, message: `${reasons.map((reason) => reason.message).join('; ')}; waiting up to ${Math.ceil(remainingMs / 1000)} s` });
          told = true;
        },
      }));
      this.#gatesStayedShut = outcome.gates === 'shut';
      store.addAttempt({
        runId, kind: 'measure', subject: planned.key, block, attempt, position: this.#position++, startedAt, endedAt,
        record: outcome.record, samplesNs: outcome.samplesNs, completionsNs: outcome.completionsNs,
      });
      budget.tookLaunch(seconds - outcome.measuredSeconds);
      const { verdict } = outcome.record;
      if (verdict.status !== 'ok') onEvent({ kind: 'fault', subject: planned.key, reasons: verdict.reasons });
      this.#remember(planned.key, block, outcome.record, outcome.retry === 'worth-it' ? attempt : MAX_ATTEMPTS);
      if (this.#launches.get(planned.key)?.has(block) === true) return;
    }
  }
}
