import type { LaunchRecord } from '../domain/launch.ts';
import { sustainedSeconds, type MeasurePolicy } from '../domain/preset.ts';
import { OK, type Reason, type Verdict } from '../domain/verdict.ts';
import type { HarnessClient } from '../harness/client.ts';
import type { TimeWindow } from '../device/energy.ts';
import { startSampling } from '../device/conditions.ts';
import type { GateKeeper } from '../device/gate-keeper.ts';
import { earlyStoppingEstimate, minQueries as leastQueries, MLPERF_CONFIDENCE } from '../stats/early-stopping.ts';
import { quantileInterval, quantileOfSorted, type QuantileInterval } from '../stats/quantile-interval.ts';
import { tailSupported } from '../stats/stop-rule.ts';
import { mean } from '../stats/summary.ts';
import { measureClosedLoop, type Burst, type ClosedLoop } from './closed-loop.ts';
import { clockOffset, type ClockOffset } from './clock-offset.ts';
import { EnergyWatch } from './energy-watch.ts';
import type { ProcessMemory } from '../device/process-memory.ts';
import { launchFault, type LaunchFault } from './fault.ts';
import { withConditions } from './launch-conditions.ts';
import { firstAndLast } from './sustained.ts';
import { measureServer, SERVER_PERCENTILE, type ServerWindow } from './server-load.ts';
import { SMALL_REQUEST_MS, openModel, sayBye, startHarness, type ModelSession } from './session.ts';
import { SoftwareGpu, softwareGpuReason } from './software-gpu.ts';
import type { LaunchTarget } from './target.ts';

const ALPHA = 0.05;
const LEAST_FOR_MEDIAN = 3;
/** Ten of them at or below a tenth, as of any tail (METHODS 1.6); autocorrelation is the launches' to show, of which the case takes the fastest. */
const LEAST_FOR_TENTH = 100;
/** The closed loop before a server window: warms up and tells the service time. */
const SERVER_WARMUP_SHARE = 0.2;
/** A search offers at least one window and, where the bound is missed, up to three more at lower rates inside the launch's time and half of it again. */
const SEARCH_WINDOW_SHARE = 0.4;
const SEARCH_TOTAL_SHARE = 1.6;

export interface LaunchOptions {
  readonly policy: MeasurePolicy;
  readonly gates: GateKeeper;
  /** How long a closed gate is waited for. */
  readonly gateWaitMs: number;
  /** Makes the device as the suite asks, before the gates; gives what it did not take. */
  readonly prepareDevice: (signal: AbortSignal) => Promise<readonly Reason[]>;
  /** The most this launch may measure; at most the policy's. */
  readonly maxSeconds: number;
  /** Seeds the arrivals of the server scenario. */
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly onWait: (reasons: readonly Reason[], remainingMs: number, coolInMs: number | null) => void;
}

export interface LaunchOutcome {
  readonly record: LaunchRecord;
  readonly samplesNs: Float64Array | null;
  readonly completionsNs: Float64Array | null;
  /** Time in which queries were made, the whole search of a server rate too. */
  readonly measuredSeconds: number;
}

interface Measured {
  readonly loop: ClosedLoop;
  readonly server: ServerWindow | null;
}

/** A harness that is no process of its own, such as a page. */
const NO_PROCESS: ProcessMemory = { pss: { absent: 'the harness is no process of its own' }, gpu: { absent: 'the harness is no process of its own' } };

const EMPTY = {
  facts: null, inputsSha256: null, initNs: null, firstNs: null, batches: [], warmupSamples: 0, steady: false, drift: null, stop: 'none', looks: 0,
  quantiles: { p50: null, p90: null, p99: null, p10: null }, meanNs: null, sps: null, earlyStopping: null, server: null, memory: null, energy: null, energyAbsent: null, conditions: [], log: '',
} as const;

async function measure(session: ModelSession, target: LaunchTarget, options: LaunchOptions): Promise<Measured> {
  const { client } = session;
  const { policy } = options;
  const { scenario } = target.case;
  const common = { client, policy, inferenceMs: target.limits.inferenceMs, sustainSeconds: sustainedSeconds(policy, target.workload.id) };
  const minQueries = policy.mlperf?.[scenario].minQueries ?? 0;
  if (scenario !== 'server') {
    const queries = scenario === 'offline' ? Math.ceil(minQueries / target.case.options.batch) : minQueries;
    return { loop: await measureClosedLoop({ ...common, scenario, callsPerQuery: callsPerQuery(target), maxSeconds: options.maxSeconds, minQueries: queries }), server: null };
  }
  const loop = await measureClosedLoop({ ...common, scenario: 'single-stream', callsPerQuery: 1, maxSeconds: Math.max(policy.batchSeconds, options.maxSeconds * SERVER_WARMUP_SHARE), minQueries: 0, sustainSeconds: null });
  const rate = target.workload.ratePerS;
  const searched = typeof rate !== 'number';
  // MLPerf wants its whole duration in the one window that counts.
  const share = policy.mlperf !== null ? 1 : searched ? SEARCH_WINDOW_SHARE : 1 - SERVER_WARMUP_SHARE;
  const server = await measureServer({
    client, inferenceMs: target.limits.inferenceMs, boundNs: (target.workload.latencyBoundMs ?? 0) * 1e6, ratePerS: searched ? null : rate,
    servicesNs: loop.latenciesNs.subarray(loop.warmupSamples), windowSeconds: share * options.maxSeconds, totalSeconds: (policy.mlperf !== null ? Number.POSITIVE_INFINITY : SEARCH_TOTAL_SHARE) * options.maxSeconds, seed: options.seed,
  });
  return { loop, server };
}

/** MLPerf's multi-stream query has 8 samples. */
export const MLPERF_SAMPLES_PER_QUERY = 8;

/** Samples that one query processes, whether in one call or in several. */
function samplesPerQuery({ case: { scenario, options }, workload }: LaunchTarget): number {
  return scenario === 'multi-stream' ? (workload.samplesPerQuery ?? MLPERF_SAMPLES_PER_QUERY) : options.batch;
}

function callsPerQuery(target: LaunchTarget): number {
  return samplesPerQuery(target) / target.case.options.batch;
}

type Quantile = NonNullable<LaunchRecord['quantiles']['p50']>;

function supported(interval: QuantileInterval | null, p: number): QuantileInterval | null {
  return interval !== null && tailSupported(interval.effectiveN, p) ? interval : null;
}

/** With or without an interval, from `least` samples on: the case's interval comes from its launches. */
function quantileFrom(kept: Float64Array, p: number, least: number, alpha: number): Quantile | null {
  if (kept.length < least) return null;
  return quantileInterval(kept, p, alpha) ?? { value: quantileOfSorted(kept.toSorted(), p), low: null, high: null, n: kept.length, effectiveN: kept.length };
}

function describe(measured: Measured, target: LaunchTarget, policy: MeasurePolicy): Pick<LaunchRecord, 'batches' | 'warmupSamples' | 'steady' | 'drift' | 'stop' | 'looks' | 'quantiles' | 'meanNs' | 'sps' | 'earlyStopping' | 'server' | 'sustained'> & { samplesNs: Float64Array; completionsNs: Float64Array | null } {
  const { loop, server } = measured;
  const { scenario } = target.case;
  const samplesNs = server?.latenciesNs ?? loop.latenciesNs;
  // Of a sustained workload all counts: how it gets slower is what it is there to show.
  const isSustained = sustainedSeconds(policy, target.workload.id) !== null;
  const warmupSamples = server === null && !isSustained ? loop.warmupSamples : 0;
  const kept = samplesNs.subarray(warmupSamples);
  const alpha = ALPHA / loop.looks;
  const meanNs = kept.length > 0 ? mean(kept) : null;
  const mlperf = policy.mlperf?.[scenario];
  // Means of several queries have no tail.
  const tails = server !== null || loop.bursts.every((burst) => burst.groupSize === undefined);
  const estimate = mlperf === undefined || scenario === 'offline' || !tails ? null : earlyStoppingEstimate(kept, mlperf.percentile, MLPERF_CONFIDENCE);
  const bursts: readonly Burst[] = server === null ? loop.bursts : [{ startNs: server.startNs, durationNs: server.durationNs, offset: 0, count: samplesNs.length }];
  return {
    samplesNs, completionsNs: server?.completionsNs ?? null,
    batches: [...bursts], warmupSamples, steady: loop.steady, drift: loop.drift, stop: loop.stop, looks: loop.looks,
    quantiles: {
      p50: quantileFrom(kept, 0.5, LEAST_FOR_MEDIAN, alpha), p10: server === null && !isSustained ? quantileFrom(kept, 0.1, LEAST_FOR_TENTH, alpha) : null,
      p90: tails ? supported(quantileInterval(kept, 0.9, alpha), 0.9) : null, p99: tails ? supported(quantileInterval(kept, 0.99, alpha), 0.99) : null,
    },
    meanNs,
    sps: server !== null ? (server.met ? server.ratePerS * samplesPerQuery(target) : null) : meanNs === null ? null : (samplesPerQuery(target) * 1e9) / meanNs,
    earlyStopping: estimate === null || mlperf === undefined ? null : { percentile: mlperf.percentile, estimateNs: estimate.estimate, queries: kept.length, required: estimate.required },
    sustained: isSustained ? firstAndLast(samplesNs, bursts) : null,
    server: server === null ? null : { ratePerS: server.ratePerS, boundNs: (target.workload.latencyBoundMs ?? 0) * 1e6, p99Ns: server.p99Ns, met: server.met },
  };
}

function judge(described: ReturnType<typeof describe>, target: LaunchTarget, options: LaunchOptions): { verdict: Verdict; warnings: Reason[] } {
  const { policy } = options;
  const warnings: Reason[] = [];
  const reasons: Reason[] = [];
  if (!described.steady && sustainedSeconds(policy, target.workload.id) === null) {
    const drift = described.drift === null ? '' : ` (it drifted by ${(100 * described.drift).toFixed(1)} %)`;
    const reason = { code: 'not-steady', message: `latency had not settled when the launch's time was up${drift}` };
    (policy.unsteady === 'invalid' ? reasons : warnings).push(reason);
  }
  if (described.server !== null && !described.server.met) {
    const { p99Ns, boundNs, ratePerS } = described.server;
    reasons.push({ code: 'latency-bound', message: `at ${ratePerS.toFixed(1)} queries a second the p99 was ${(p99Ns / 1e6).toFixed(2)} ms, over the bound of ${(boundNs / 1e6).toFixed(2)} ms` });
  }
  const sure = described.earlyStopping?.estimateNs ?? null;
  if (described.server !== null && described.server.met && sure !== null && sure > described.server.boundNs) {
    reasons.push({ code: 'latency-bound', message: `MLPerf's early-stopping estimate of the p99 is ${(sure / 1e6).toFixed(2)} ms, over the bound of ${(described.server.boundNs / 1e6).toFixed(2)} ms` });
  }
  const needed = leastQueries(1, SERVER_PERCENTILE, MLPERF_CONFIDENCE);
  if (described.server !== null && described.samplesNs.length < needed) {
    warnings.push({ code: 'few-queries', message: `the p99 is judged by ${described.samplesNs.length} queries; ${needed} are needed to be 99 % sure that it holds the bound: raise measure.maxSeconds` });
  }
  if (described.stop === 'queries' && sustainedSeconds(policy, target.workload.id) !== null) {
    reasons.push({ code: 'min-duration', message: `${described.samplesNs.length} inferences were made before the workload's minutes were up, which are too many to keep: take a larger batch, or fewer minutes` });
  }
  const minQueries = policy.mlperf?.[target.case.scenario].minQueries ?? 0;
  const queries = described.samplesNs.length * (target.case.scenario === 'offline' ? target.case.options.batch : 1);
  if (queries < minQueries) reasons.push({ code: 'min-queries', message: `${queries} of the ${minQueries} queries that the preset asks for were made in the time` });
  const seconds = described.batches.reduce((sum, batch) => sum + batch.durationNs, 0) / 1e9;
  if (policy.mlperf !== null && target.case.scenario !== 'server' && sustainedSeconds(policy, target.workload.id) === null && seconds < policy.minSeconds) {
    reasons.push({ code: 'min-duration', message: `${seconds.toFixed(0)} s of the ${policy.minSeconds} s that the preset asks for were measured: the queries are too many to keep, or the budget too short` });
  }
  return { verdict: reasons.length > 0 ? { status: 'invalid', reasons } : OK, warnings };
}

/** One launch: gate, start, load, first inference, warm-up and adaptive stop, memory, goodbye. A fault of the case or of the device is a record, never a throw. */
export async function measureLaunch(target: LaunchTarget, options: LaunchOptions): Promise<LaunchOutcome> {
  try {
    return await launchOnce(target, options);
  } catch (error) {
    // Before the harness was started, or while the conditions were read.
    options.signal.throwIfAborted();
    const fault = launchFault(error);
    if (fault === null) throw error;
    return { samplesNs: null, completionsNs: null, measuredSeconds: 0, record: failedRecord(fault, null) };
  }
}

function failedRecord({ verdict: { status, reasons }, log }: LaunchFault, session: ModelSession | null): LaunchRecord {
  const known = { facts: session?.facts ?? null, inputsSha256: session?.inputs.sha256 ?? null, initNs: session?.initNs ?? null };
  return { ...EMPTY, batches: [], conditions: [], quantiles: { ...EMPTY.quantiles }, ...known, verdict: { status, reasons: [...reasons] }, warnings: [], log };
}

async function launchOnce(target: LaunchTarget, options: LaunchOptions): Promise<LaunchOutcome> {
  const { device, limits } = target;
  const { signal } = options;
  const refused = await options.prepareDevice(signal);
  const closed = await options.gates.wait(device, { maxWaitMs: options.gateWaitMs, signal, onWait: options.onWait });
  await using power = await EnergyWatch.begin(device, signal);
  const sampling = startSampling(device, { signal });
  let session: ModelSession | null = null;
  let offset: ClockOffset | null = null;
  let outcome: LaunchOutcome;
  try {
    await sampling.begun;
    await using client = await startHarness(target, signal);
    offset = clockOffset(device, client.hello);
    session = await openModel(client, target, {}, signal);
    // A browser falls back to software when its GPU process has crashed: the verifying pass may have seen hardware.
    const software = softwareGpuReason(target, session.softwareGpu);
    if (software !== null) throw new SoftwareGpu(software.message);
    const first = await client.run({ scenario: 'single-stream', count: 1, durationNs: 0, callsPerQuery: 1 }, limits.inferenceMs);
    await power.beforeLoad();
    const measured = await measure(session, target, options);
    const load = await power.afterLoad();
    const memory = await client.memory(SMALL_REQUEST_MS);
    const { pss, gpu } = client.hello.pid === undefined ? NO_PROCESS : await device.processMemory(client.hello.pid);
    const badEnd = await sayBye(client);
    const { samplesNs, completionsNs, ...described } = describe(measured, target, options.policy);
    const judged = judge({ samplesNs, completionsNs, ...described }, target, options);
    outcome = {
      samplesNs, completionsNs, measuredSeconds: secondsOf(measured),
      record: {
        ...EMPTY, ...described, verdict: { status: judged.verdict.status, reasons: [...judged.verdict.reasons] }, warnings: [...session.warnings, ...judged.warnings, ...(badEnd === null ? [] : [badEnd])], facts: session.facts, inputsSha256: session.inputs.sha256,
        initNs: session.initNs, firstNs: first.groupSize === undefined ? first.latenciesNs[0] ?? null : null, ...memoryOf(session.baselineBytes, memory), systemMemory: { pss, gpu: target.delegate.kind === 'gpu' ? gpu : null }, conditions: [],
        ...power.result(load, windowOf(measured), samplesIn(target, measured), offset),
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    const fault = launchFault(error);
    if (fault === null) throw error;
    outcome = { samplesNs: null, completionsNs: null, measuredSeconds: 0, record: failedRecord(fault, session) };
  } finally {
    await sampling.stop();
  }
  return { ...outcome, record: withConditions(outcome.record, sampling.samples, { gates: options.gates.rules, throttling: sustainedSeconds(options.policy, target.workload.id) === null ? 'invalid' : 'warn', closedBefore: closed, refused }, offset) };
}

/** The harness's own figure, or why there is none. */
function memoryOf(baselineBytes: number | null, { peakBytes, method }: Awaited<ReturnType<HarnessClient['memory']>>): Pick<LaunchRecord, 'memory' | 'memoryAbsent'> {
  if (peakBytes === undefined) return { memory: null, memoryAbsent: method };
  return baselineBytes === null ? { memory: null, memoryAbsent: 'the harness could not read it before the model was loaded' } : { memory: { baselineBytes, peakBytes, method } };
}

function secondsOf({ loop, server }: Measured): number {
  return loop.bursts.reduce((sum, burst) => sum + burst.durationNs, 0) / 1e9 + (server?.offeredSeconds ?? 0);
}

/** From the first burst to the end of the last: gaps between bursts are counted in, as they are part of running the model. Null when nothing was measured. */
function windowOf({ loop, server }: Measured): TimeWindow | null {
  const spans = server === null ? loop.bursts : [server];
  const first = spans[0];
  const last = spans.at(-1);
  return first === undefined || last === undefined ? null : { startNs: first.startNs, endNs: last.startNs + last.durationNs };
}

/** Inferences of one sample each, as throughput counts them: a call with a batch makes as many as the batch is large. */
function samplesIn(target: LaunchTarget, { loop, server }: Measured): number {
  return samplesPerQuery(target) * (server === null ? loop.bursts.reduce((sum, burst) => sum + burst.count * (burst.groupSize ?? 1), 0) : server.latenciesNs.length);
}
