import type { LaunchRecord, VerificationRecord } from '../domain/launch.ts';
import type { Metric, MetricName } from '../domain/metric.ts';
import { METRICS } from '../domain/metric.ts';
import type { PlannedCase } from '../domain/plan.ts';
import { leastLaunches, type MeasurePolicy } from '../domain/preset.ts';
import type { CaseResult, LaunchSummary, Provenance } from '../domain/result.ts';
import { combineVerdicts, OK, type Reason, type Verdict } from '../domain/verdict.ts';
import { summarizeConditions } from '../device/summary.ts';
import { conditionWarnings } from '../device/warnings.ts';
import { DEVICE_LOST } from '../measure/fault.ts';
import { SOFTWARE_GPU } from '../measure/software-gpu.ts';
import type { QualityOutcome } from '../quality/judge.ts';
import { caseInterval } from '../stats/case-interval.ts';
import { fastestThirdLevel } from '../stats/fastest-third.ts';
import { MAX_LOSSES } from './attempt-log.ts';

const MIB = 1024 * 1024;
/** Launches of which a third says something. */
const LEAST_UNDISTURBED = 6;
/** 1 − confidence of the intervals. */
const ALPHA = 0.05;

/** One stored launch of a case. */
export interface LaunchAttempt {
  readonly block: number;
  readonly attempt: number;
  readonly unit: string;
  readonly startedAt: string;
  readonly samples: number;
  readonly record: LaunchRecord;
}

export interface CaseEvidence {
  readonly planned: PlannedCase;
  readonly policy: MeasurePolicy;
  /** The unit whose launches count, null without any. */
  readonly unit: string | null;
  readonly hardware: 'real' | 'emulated';
  /** Every attempt, in order of block and attempt. */
  readonly launches: readonly LaunchAttempt[];
  readonly verification: VerificationRecord | null;
  /** Null where the suite asks for none. */
  readonly quality: QualityOutcome | null;
  readonly provenance: Provenance | null;
  readonly modelBytes: number | null;
  readonly repro: string;
  /** Said when there are no or fewer launches than the preset wants. */
  readonly shortOfLaunches: Reason | null;
}

/** The unit's last attempt of each block is the one that counts; one during which the device was lost only when it was given up for that. */
function finalAttempts(launches: readonly LaunchAttempt[], unit: string | null): LaunchAttempt[] {
  const own = Map.groupBy(launches.filter((launch) => launch.unit === unit), (launch) => launch.block);
  return [...own.values()].flatMap((attempts) => {
    const isLoss = (launch: LaunchAttempt): boolean => launch.record.verdict.reasons[0]?.code === DEVICE_LOST;
    return attempts.filter(isLoss).length < MAX_LOSSES ? (attempts.filter((launch) => !isLoss(launch)).at(-1) ?? []) : (attempts.at(-1) ?? []);
  });
}

function milliseconds(ns: number | null | undefined): number | null {
  return ns === null || ns === undefined ? null : ns / 1e6;
}

/** One launch as reports show it. */
export function summarizeLaunch(launch: LaunchAttempt): LaunchSummary {
  const { record } = launch;
  return {
    block: launch.block, attempt: launch.attempt, unit: launch.unit, status: { status: record.verdict.status, reasons: [...record.verdict.reasons] }, warnings: [...record.warnings],
    startedAt: launch.startedAt, samples: launch.samples, warmupSamples: record.warmupSamples, steady: record.steady, stop: record.stop,
    p50: milliseconds(record.quantiles.p50?.value), p90: milliseconds(record.quantiles.p90?.value), p99: milliseconds(record.quantiles.p99?.value),
    mean: milliseconds(record.meanNs), sps: record.sps, initTime: milliseconds(record.initNs),
    peakMemory: record.memory === null ? null : Math.max(0, record.memory.peakBytes - record.memory.baselineBytes) / MIB,
    firstInference: milliseconds(record.firstNs), p10: milliseconds(record.quantiles.p10?.value), power: record.energy?.meanWatts ?? null, energyPerInference: energyPerInference(record),
  };
}

/** mJ above idle; null where no sensor told. */
function energyPerInference({ energy }: LaunchRecord): number | null {
  return energy === null ? null : (1000 * energy.netJoules) / energy.inferences;
}

interface MetricSource {
  readonly name: MetricName;
  readonly of: (record: LaunchRecord) => number | null;
  readonly method: (record: LaunchRecord) => string;
  /** Why it is not there; null where nobody would look for it. */
  readonly absent: (records: readonly LaunchRecord[]) => string | null;
}

/** Queries that the latencies of a launch are means of; 1 where each was timed alone. */
function groupOf(records: readonly LaunchRecord[]): number {
  return records.reduce((most, { batches }) => batches.reduce((larger, { groupSize = 1 }) => Math.max(larger, groupSize), most), 1);
}

const grouped = (words: string) => (record: LaunchRecord): string => groupOf([record]) === 1 ? words : `${words}, of means of up to ${groupOf([record])} queries (the clock has steps of ${record.facts?.clockResolutionNs ?? '?'} ns)`;

const median = (records: readonly LaunchRecord[]): string => groupOf(records) > 1 ? 'too few latencies in at least one launch, each the mean of several queries as the clock can not tell single ones; a longer preset measures it' : 'too few samples in at least one launch; a longer preset measures it';

const tail = (percent: string) => (records: readonly LaunchRecord[]): string => groupOf(records) > 1 ? 'the clock can not tell single queries, so that each latency is the mean of several, which has no tail' : `too few effective samples beyond p${percent} in at least one launch; a longer preset measures it`;

type SystemMemory = NonNullable<LaunchRecord['systemMemory']>['gpu'] | undefined;

function systemMiB(memory: SystemMemory): number | null {
  return memory !== undefined && memory !== null && 'bytes' in memory ? memory.bytes / MIB : null;
}

function systemMethod(memory: SystemMemory): string {
  return memory !== undefined && memory !== null && 'method' in memory ? memory.method : '';
}

/** Null where nobody would look for it: no GPU was used, or the record is older. */
function systemAbsence(memory: SystemMemory): string | null {
  return memory !== undefined && memory !== null && 'absent' in memory ? memory.absent : null;
}

function memoryAbsence(records: readonly LaunchRecord[]): string {
  return records.find(({ memory }) => memory === null)?.memoryAbsent ?? 'the harness can not read its memory';
}

/** Of the launch that has none: one suffices for the case to have none. */
function energyAbsence(records: readonly LaunchRecord[]): string {
  return records.find(({ energy }) => energy === null)?.energyAbsent ?? 'no power sensor';
}

function energyMethod({ energy }: LaunchRecord): string {
  const { sensor = '', alignment } = energy ?? {};
  return alignment === undefined ? sensor : `${sensor} (its clock by the step of the load, to ±${Math.ceil(alignment.withinNs / 1e6)} ms)`;
}

/** Where each metric of a case comes from. A metric is there only when every launch that counts has it. */
const SOURCES: readonly MetricSource[] = [
  { name: 'latency_p50', of: (r) => milliseconds(r.quantiles.p50?.value), method: grouped('order statistic per launch'), absent: median },
  { name: 'latency_p90', of: (r) => milliseconds(r.quantiles.p90?.value), method: () => 'order statistic per launch', absent: tail('90') },
  { name: 'latency_p99', of: (r) => milliseconds(r.quantiles.p99?.value), method: () => 'order statistic per launch', absent: tail('99') },
  { name: 'latency_mean', of: (r) => milliseconds(r.meanNs), method: () => 'mean of the steady part per launch', absent: () => 'no steady samples' },
  { name: 'sps', of: (r) => r.sps, method: (r) => (r.server === null ? 'samples / time of the closed loop per launch' : 'samples offered per second, at a rate whose p99 held the bound'), absent: (rs) => (rs.some((r) => r.server !== null) ? 'the latency bound was not held' : 'no steady samples') },
  { name: 'sustained_latency_ratio', of: (r) => r.sustained?.ratio ?? null, method: () => 'median latency of the last minute over that of the first, per launch', absent: (rs) => (rs.some((r) => r.stop === 'sustained') ? 'the first or the last minute held too few inferences' : null) },
  { name: 'init_time', of: (r) => milliseconds(r.initNs), method: () => 'model load per launch', absent: () => 'not reported by the harness' },
  { name: 'first_inference', of: (r) => milliseconds(r.firstNs), method: () => 'first inference per launch', absent: () => 'not reported by the harness' },
  { name: 'peak_memory', of: (r) => (r.memory === null ? null : Math.max(0, r.memory.peakBytes - r.memory.baselineBytes) / MIB), method: (r) => `${r.memory?.method ?? ''} less its level before loading`, absent: memoryAbsence },
  { name: 'peak_memory_raw', of: (r) => (r.memory === null ? null : r.memory.peakBytes / MIB), method: (r) => r.memory?.method ?? '', absent: memoryAbsence },
  { name: 'memory_pss', of: (r) => systemMiB(r.systemMemory?.pss), method: (r) => `${systemMethod(r.systemMemory?.pss)}, at the end of a launch`, absent: (rs) => systemAbsence(rs[0]?.systemMemory?.pss) },
  { name: 'memory_gpu', of: (r) => systemMiB(r.systemMemory?.gpu), method: (r) => `${systemMethod(r.systemMemory?.gpu)}, at the end of a launch`, absent: (rs) => systemAbsence(rs[0]?.systemMemory?.gpu) },
  { name: 'power_avg', of: (r) => r.energy?.meanWatts ?? null, method: (r) => `${energyMethod(r)}, idle included`, absent: energyAbsence },
  { name: 'power_idle', of: (r) => r.energy?.idleWatts ?? null, method: (r) => `${r.energy?.sensor ?? ''} before the launch`, absent: energyAbsence },
  { name: 'energy_per_inference', of: energyPerInference, method: (r) => `${energyMethod(r)}, trapezoid, less idle`, absent: energyAbsence },
  { name: 'energy_per_inference_total', of: (r) => (r.energy === null ? null : (1000 * r.energy.totalJoules) / r.energy.inferences), method: (r) => `${energyMethod(r)}, trapezoid`, absent: energyAbsence },
];

function measureMetrics(records: readonly LaunchRecord[]): { metrics: Partial<Record<MetricName, Metric>>; absent: Record<string, string> } {
  const metrics: Partial<Record<MetricName, Metric>> = {};
  const absent: Record<string, string> = {};
  for (const source of SOURCES) {
    const values = records.map(source.of).filter((value) => value !== null);
    const first = records[0];
    if (first === undefined) continue;
    if (values.length < records.length || values.length === 0) {
      const reason = source.absent(records);
      if (reason !== null) absent[source.name] = reason;
      continue;
    }
    const interval = caseInterval(values, ALPHA);
    metrics[source.name] = { value: interval.value, low: interval.low, high: interval.high, n: interval.n, unit: METRICS[source.name].unit, method: `${source.method(first)}; ${interval.method}` };
  }
  const fastest = undisturbed(records);
  if (fastest !== null) metrics.latency_undisturbed = fastest;
  return { metrics, absent };
}

/**
 * The model while nothing else slows the machine: the fastest third of the launches, each by the quantile that the faster moments of a launch decide. A launch that was disturbed until
 * too little of it was steady tells none, and is none of the fastest. No interval: what lies between the fastest launches is no error of theirs. Null below six launches, of which a third is two.
 */
function undisturbed(records: readonly LaunchRecord[]): Metric | null {
  if (records.length < LEAST_UNDISTURBED) return null;
  const tenths = records.map((record) => milliseconds(record.quantiles.p10?.value) ?? 0).filter((tenth) => tenth > 0);
  const fastest = fastestThirdLevel(Float64Array.from(tenths, Math.log), records.length);
  if (fastest === null) return null;
  return { value: Math.exp(fastest.level), low: null, high: null, n: records.length, unit: METRICS.latency_undisturbed.unit, method: `p10 per launch; geometric mean of the fastest ${fastest.taken} of ${records.length} launches, no interval` };
}

/** MLPerf's early-stopping estimate stands in for the percentile where the preset asks for it: the worst launch counts. */
function applyEarlyStopping(records: readonly LaunchRecord[], metrics: Partial<Record<MetricName, Metric>>, absent: Record<string, string>): Reason[] {
  const estimates = records.map((record) => record.earlyStopping).filter((item) => item !== null);
  const first = estimates[0];
  if (first === undefined) return [];
  const short = estimates.find((item) => item.estimateNs === null);
  if (short !== undefined) return [{ code: 'early-stopping', message: `${short.queries} queries are too few for MLPerf's early-stopping bound at p${100 * first.percentile} (${short.required} needed)` }];
  const name: MetricName = first.percentile === 0.99 ? 'latency_p99' : first.percentile === 0.9 ? 'latency_p90' : 'latency_p50';
  const worst = Math.max(...estimates.map((item) => item.estimateNs ?? 0)) / 1e6;
  // It is a bound itself: the interval of the percentile's mean over launches is not one of it, and often lies below.
  delete absent[name];
  metrics[name] = { value: worst, low: null, high: null, n: estimates.length, unit: 'ms', method: 'MLPerf early-stopping estimate at 99 % confidence, worst launch' };
  return [];
}

/** Whether a verifying pass says why no launch was made. */
function saysAll({ status, reasons }: Verdict): boolean {
  return status === 'failed' || status === 'unsupported' || reasons.some(({ code }) => code === SOFTWARE_GPU);
}

/** Combines everything known of a case into its row. Pure. */
export function buildCaseResult(evidence: CaseEvidence): CaseResult {
  const { planned, verification, policy } = evidence;
  const finals = finalAttempts(evidence.launches, evidence.unit);
  const counting = finals.map((launch) => launch.record).filter(({ verdict: { status, reasons } }) => status === 'ok' || (status === 'invalid' && reasons[0]?.code !== SOFTWARE_GPU));
  const { metrics, absent } = measureMetrics(counting);
  const parts: Verdict[] = [planned.verdict ?? OK, verification?.verdict ?? OK, ...finals.map((launch) => launch.record.verdict)];
  const tooFew = applyEarlyStopping(counting, metrics, absent);
  if (tooFew.length > 0) parts.push({ status: 'invalid', reasons: tooFew });
  const nothing = planned.verdict === null && finals.length === 0 && !saysAll(verification?.verdict ?? OK);
  if (nothing) parts.push({ status: 'skipped', reasons: [evidence.shortOfLaunches ?? { code: 'not-run', message: 'no launch was made' }] });
  const { quality } = evidence;
  if (quality !== null) parts.push(quality.verdict);
  Object.assign(metrics, quality?.metrics);
  Object.assign(absent, quality?.absent);
  const verdict = combineVerdicts(parts);
  const warnings = new Map<string, Reason>();
  const collect = (reasons: readonly Reason[]): void => { for (const reason of reasons) warnings.set(reason.code, warnings.get(reason.code) ?? reason); };
  collect(verification?.warnings ?? []);
  collect(quality?.warnings ?? []);
  for (const launch of finals) collect(launch.record.warnings);
  if (!nothing && evidence.shortOfLaunches !== null && finals.length > 0 && finals.length < leastLaunches(policy, planned.case.workload)) collect([evidence.shortOfLaunches]);
  if (evidence.modelBytes !== null) {
    const size = evidence.modelBytes / MIB;
    metrics.model_size = { value: size, low: size, high: size, n: 1, unit: 'MiB', method: 'bytes of the file' };
  }
  const conditions = counting.map((record) => record.conditions).filter((samples) => samples.length > 0);
  const summary = conditions.length > 0 ? summarizeConditions(...conditions) : null;
  // Each launch told its own worst; the case's is the worst of all.
  for (const reason of summary === null ? [] : conditionWarnings(summary)) if (warnings.has(reason.code)) warnings.set(reason.code, reason);
  return {
    key: planned.key,
    case: evidence.hardware === 'emulated' ? { ...planned.case, emulated: true } : planned.case,
    unit: evidence.unit,
    verdict: { status: verdict.status, reasons: [...verdict.reasons] },
    warnings: [...warnings.values()],
    metrics,
    absent,
    placement: verification?.placement ?? null,
    parity: verification?.parity ?? null,
    ...(quality === null ? {} : { quality: quality.result }),
    conditions: summary,
    provenance: evidence.provenance,
    launches: evidence.launches.map(summarizeLaunch),
    repro: evidence.repro,
  };
}
