import * as z from 'zod';
import { caseFields, type Case, type Scenario } from '../domain/case.ts';
import { METRICS, type MetricName } from '../domain/metric.ts';
import type { CaseResult, Comparison, LaunchSummary } from '../domain/result.ts';
import type { Selector } from '../domain/selector.ts';
import { DEFAULT_GATES } from '../device/gates.ts';
import { judgeChange } from '../stats/change-verdict.ts';
import { unpairedDifference } from '../stats/two-sample.ts';
import { unpairedMaterialP } from '../stats/material-change.ts';
import { benjaminiHochberg } from '../stats/multiplicity.ts';
import { sampleSd } from '../stats/summary.ts';
import { ALPHA, evidenceOfPairs, MIN_LAUNCHES, type LaunchValue } from './pair-evidence.ts';
import { matches } from './plan.ts';

/** Changes below this are not called changes, however sure (METHODS 3). */
export const DEFAULT_MATERIALITY = 0.03;
/** Materiality is at least this many times the noise between launches of the same thing. */
const NOISE_FACTOR = 2;

/** How two cases stand to each other: launches of one run are interleaved in blocks and pair up; launches of two runs do not. */
export type Pairing = 'same-run' | 'two-runs';

interface MetricField { readonly metric: MetricName; readonly of: (launch: LaunchSummary) => number | null }

const FIELDS: Readonly<Record<Scenario, readonly MetricField[]>> = {
  'single-stream': [{ metric: 'latency_p50', of: (l) => l.p50 }, { metric: 'latency_p90', of: (l) => l.p90 }],
  'multi-stream': [{ metric: 'latency_p50', of: (l) => l.p50 }, { metric: 'latency_p99', of: (l) => l.p99 }],
  offline: [{ metric: 'sps', of: (l) => l.sps }],
  server: [{ metric: 'sps', of: (l) => l.sps }],
};
/** Server at a given rate: SPS is that rate in every launch, so that only the latencies can change. */
const GIVEN_RATE: readonly MetricField[] = [{ metric: 'latency_p50', of: (l) => l.p50 }, { metric: 'latency_p99', of: (l) => l.p99 }];
/** For every scenario. */
const COMMON: readonly MetricField[] = [{ metric: 'init_time', of: (l) => l.initTime }, { metric: 'peak_memory', of: (l) => l.peakMemory }];
/** What launches can be compared by when it is asked for: a tail, one inference, or a sensor's coarse steps cost every comparison beside them some of its power. */
const ON_REQUEST: readonly MetricField[] = [
  { metric: 'latency_p90', of: (l) => l.p90 }, { metric: 'latency_p99', of: (l) => l.p99 }, { metric: 'latency_undisturbed', of: (l) => l.p10 ?? null }, { metric: 'first_inference', of: (l) => l.firstInference ?? null }, { metric: 'power_avg', of: (l) => l.power ?? null },
  { metric: 'energy_per_inference', of: (l) => l.energyPerInference ?? null },
];

interface FieldValues {
  readonly values: readonly LaunchValue[];
  /** Launches that gave a value of 0 or below, of which there is no ratio. */
  readonly withoutRatio: number;
}

function valuesOf(result: CaseResult, field: MetricField): FieldValues {
  const last = new Map<number, LaunchSummary>();
  for (const launch of result.launches) if (launch.unit === result.unit) last.set(launch.block, launch);
  const known = [...last.values()].flatMap((launch) => {
    const value = field.of(launch);
    return launch.status.status === 'ok' && value !== null ? [{ block: launch.block, unit: launch.unit, value }] : [];
  });
  const values = known.filter(({ value }) => value > 0);
  return { values, withoutRatio: known.length - values.length };
}

/** The workload's own settings, as JSON, null where the results do not tell them; and the cores that the harness was held on. */
function settingsOf(options: string): { readonly workload: string | null; readonly cores: string } {
  const { workload, affinity } = z.object({ workload: z.unknown().optional(), affinity: z.array(z.int()).optional() }).parse(JSON.parse(options));
  return { workload: workload === undefined ? null : JSON.stringify(workload), cores: affinity?.join() ?? 'any' };
}

/** The first field that forbids a comparison, or null. OS build, driver, runtime, model and harness may differ: they are what is compared. */
export function incomparableField(base: CaseResult, head: CaseResult, differing: readonly string[]): string | null {
  for (const result of [base, head]) {
    if (result.verdict.status !== 'ok') return `the case ${result === base ? 'in BASE' : 'in HEAD'} is ${result.verdict.status}${result.verdict.reasons[0] === undefined ? '' : ` (${result.verdict.reasons[0].code})`}`;
  }
  const a = caseFields(base.case);
  const b = caseFields(head.case);
  for (const field of ['model', 'scenario', 'threads', 'batch', 'device']) {
    if (!differing.includes(field) && a[field] !== b[field]) return `${field} differs: ${a[field]} and ${b[field]}`;
  }
  const p = base.provenance;
  const q = head.provenance;
  if (p === null || q === null) return 'the provenance of one side is not known';
  if (p.inputsSha256 !== q.inputsSha256 && !['batch', 'model', 'variant'].some((field) => differing.includes(field))) return 'the inputs differ';
  const [w, v] = [settingsOf(p.options), settingsOf(q.options)];
  if (w.workload !== null && v.workload !== null && w.workload !== v.workload && !differing.includes('workload')) return `the workload differs: ${w.workload} and ${v.workload}`;
  if (w.cores !== v.cores && !['runtime', 'device'].some((field) => differing.includes(field))) return `the cores that it was held on differ: ${w.cores} and ${v.cores}`;
  if (p.deviceModel !== q.deviceModel && !differing.includes('device')) return `the device model differs: ${p.deviceModel} and ${q.deviceModel}`;
  if (p.clockRegime !== q.clockRegime && !differing.includes('device')) return `the clock regime differs: ${p.clockRegime} and ${q.clockRegime}`;
  return null;
}

/** A comparison before it is known how many others stand beside it. `p`: chance of what was seen if nothing changed by more than materiality. */
interface Candidate { readonly comparison: Comparison; readonly p: number | null }

function compareMetric(base: CaseResult, head: CaseResult, field: MetricField, pairing: Pairing, materiality: number): Candidate {
  const [{ values: a, withoutRatio: lostA }, { values: b, withoutRatio: lostB }] = [valuesOf(base, field), valuesOf(head, field)];
  const methods = [base, head].map((result) => result.metrics[field.metric]?.method.split(';')[0] ?? '');
  const row = { base: base.key, head: head.key, metric: field.metric, ratio: null, low: null, high: null, n: Math.min(a.length, b.length), materiality, method: '' } as const;
  if (methods[0] !== methods[1]) return { p: null, comparison: { ...row, outcome: 'incomparable', reason: `the method differs: ${methods[0]} and ${methods[1]}` } };
  // Those that are left are the ones that noise lifted: what they say would be too high.
  if (lostA + lostB > 0) {
    return { p: null, comparison: { ...row, outcome: 'noisy', reason: `${lostA} of ${lostA + a.length} and ${lostB} of ${lostB + b.length} launches showed no ${METRICS[field.metric].label.toLowerCase()} above 0 (no more than when idle), of which there is no ratio; longer launches would tell it` } };
  }
  if (Math.min(a.length, b.length) < MIN_LAUNCHES) {
    return { p: null, comparison: { ...row, outcome: 'noisy', reason: `too few launches (${a.length} and ${b.length}); at least ${MIN_LAUNCHES} a side are needed` } };
  }
  const x = a.map(({ value }) => Math.log(value));
  const y = b.map(({ value }) => Math.log(value));
  const margin = Math.log1p(materiality);
  const pairs = pairing === 'same-run' ? evidenceOfPairs(a, b, field.metric, margin) : null;
  // Two runs stand at two times: what differs between the times is not in the spread inside either, so the bar is raised by that spread.
  const bar = pairs === null ? Math.max(materiality, NOISE_FACTOR * Math.max(sampleSd(x), sampleSd(y))) : materiality;
  const { shift, p, source, caution } = pairs ?? { shift: unpairedDifference(x, y, ALPHA), p: unpairedMaterialP(x, y, Math.log1p(bar)), source: 'launches of two runs', caution: null };
  const outcome = judgeChange(shift, bar, METRICS[field.metric].better);
  const silenced = caution?.silences.includes(outcome) === true;
  const reason = caution === null ? explain(outcome, bar) : silenced ? `looks ${outcome}, but ${caution.text}` : `${explain(outcome, bar)}; ${caution.text}`;
  return {
    p,
    comparison: {
      ...row, outcome: silenced ? 'noisy' : outcome, ratio: Math.exp(shift.estimate), low: shift.low === null ? null : Math.exp(shift.low), high: shift.high === null ? null : Math.exp(shift.high),
      n: shift.n, materiality: bar, method: `${source}: ${shift.method}`, reason,
    },
  };
}

function explain(outcome: Comparison['outcome'], bar: number): string {
  const percent = (100 * bar).toFixed(1);
  switch (outcome) {
    case 'regressed': return `worse by more than ${percent} %`;
    case 'improved': return `better by more than ${percent} %`;
    case 'equivalent': return `no change beyond ±${percent} %`;
    case 'noisy': return `the interval reaches across ±${percent} %; more launches would decide`;
    case 'incomparable': return 'can not be compared';
    default: return outcome satisfies never;
  }
}

/** Changes that many comparisons together would show by chance are taken back (Benjamini–Hochberg at 5 %). */
function correct(candidates: readonly Candidate[]): Comparison[] {
  const tested = candidates.filter((candidate) => candidate.p !== null);
  const adjusted = new Map(benjaminiHochberg(tested.map(({ p }) => p ?? 1)).map((p, index) => [tested[index], p]));
  return candidates.map((candidate) => {
    const { comparison } = candidate;
    const called = comparison.outcome === 'regressed' || comparison.outcome === 'improved';
    if (!called || (adjusted.get(candidate) ?? 1) <= ALPHA) return comparison;
    return { ...comparison, outcome: 'noisy', reason: `looks ${comparison.outcome}, but not surely so among ${tested.length} comparisons; more launches would decide` };
  });
}

/**
 * Says when other programs held the processor in one of two runs and not in the other: a change is then theirs as well as the case's. Pairs of one run
 * are exempt, their launches having stood side by side. The share is that of the default gate: a quarter of the time waited for a processor.
 */
function unevenLoad(base: CaseResult, head: CaseResult): string | null {
  const [a, b] = [base.conditions?.cpuPressureMax, head.conditions?.cpuPressureMax];
  const bar = DEFAULT_GATES.maxCpuPressure;
  if (a === undefined || b === undefined || bar === undefined || Math.abs(a - b) <= bar) return null;
  return `other programs took the processor in one of the runs (tasks waited ${(100 * a).toFixed(0)} % and ${(100 * b).toFixed(0)} % of the time at worst)`;
}

/** Said of every comparison with numbers of a device that is played by another machine. */
function noteEmulated(comparisons: readonly Comparison[], results: readonly CaseResult[]): Comparison[] {
  const emulated = new Set(results.filter((result) => result.case.emulated === true).map((result) => result.key));
  return comparisons.map((comparison) => (emulated.has(comparison.base) || emulated.has(comparison.head) ? { ...comparison, reason: `${comparison.reason}; emulated: this says nothing of real hardware` } : comparison));
}

/** Two units of one pool differ by more than many a change. */
function otherUnit(base: CaseResult, head: CaseResult, differing: readonly string[]): string | null {
  if (differing.includes('device') || base.unit === head.unit || base.unit === null || head.unit === null) return null;
  return `the sides were measured on different units of ${base.case.device}: ${base.unit} and ${head.unit}`;
}

function doubt(candidate: Candidate, why: string | null): Candidate {
  const { outcome } = candidate.comparison;
  if (why === null || (outcome !== 'regressed' && outcome !== 'improved')) return candidate;
  return { p: candidate.p, comparison: { ...candidate.comparison, outcome: 'noisy', reason: `looks ${outcome}, but ${why}` } };
}

function fieldsOf(base: CaseResult, head: CaseResult): readonly MetricField[] {
  const rates = new Set([base, head].flatMap((result) => result.launches.flatMap((launch) => launch.sps ?? [])));
  return base.case.scenario === 'server' && rates.size === 1 ? GIVEN_RATE : FIELDS[base.case.scenario];
}

interface CompareOptions { readonly pairing: Pairing; readonly differing: readonly string[]; readonly materiality: number; readonly also?: readonly string[] }

/** Two cases, every metric that their scenario has. `differing` names the case fields that are being compared. */
function compareCases(base: CaseResult, head: CaseResult, options: CompareOptions): Candidate[] {
  const refusal = incomparableField(base, head, options.differing);
  if (refusal !== null) {
    const metric = FIELDS[base.case.scenario][0]?.metric ?? 'latency_p50';
    return [{ p: null, comparison: { base: base.key, head: head.key, metric, outcome: 'incomparable', ratio: null, low: null, high: null, n: 0, materiality: options.materiality, method: '', reason: refusal } }];
  }
  const usual = [...fieldsOf(base, head), ...COMMON];
  const asked = ON_REQUEST.filter(({ metric }) => options.also?.includes(metric) === true && !usual.some((field) => field.metric === metric));
  return [...usual, ...asked].filter((field) => base.metrics[field.metric] !== undefined && head.metrics[field.metric] !== undefined)
    .map((field) => doubt(compareMetric(base, head, field, options.pairing, options.materiality), otherUnit(base, head, options.differing) ?? (options.pairing === 'two-runs' ? unevenLoad(base, head) : null)));
}

/** Cases of two runs by key. A case that only one run has is told, not compared. */
export function compareRuns(base: readonly CaseResult[], head: readonly CaseResult[], materiality = DEFAULT_MATERIALITY): { readonly comparisons: Comparison[]; readonly onlyBase: string[]; readonly onlyHead: string[] } {
  const heads = new Map(head.map((result) => [result.key, result]));
  const pairs = base.flatMap((result) => {
    const other = heads.get(result.key);
    return other === undefined ? [] : [[result, other] as const];
  });
  const comparisons = noteEmulated(correct(pairs.flatMap(([a, b]) => compareCases(a, b, { pairing: 'two-runs', differing: [], materiality }))), [...base, ...head]);
  const baseKeys = new Set(base.map((result) => result.key));
  return { comparisons, onlyBase: base.filter((result) => !heads.has(result.key)).map((result) => result.key), onlyHead: head.filter((result) => !baseKeys.has(result.key)).map((result) => result.key) };
}

/** The rest of the case, without the fields that the selectors name: cases with the same rest are compared. */
function rest(c: Case, named: readonly string[]): string {
  const skip = new Set(named.includes('workload') ? [...named, 'scenario'] : named);
  return JSON.stringify(Object.entries(caseFields(c)).filter(([field]) => !skip.has(field)));
}

/** Two sides inside one run. */
export interface Sides { readonly base: Selector; readonly head: Selector }

function candidatesWithin(results: readonly CaseResult[], { base, head }: Sides, materiality: number, also: readonly string[]): Candidate[] {
  const named = [...new Set([...Object.keys(base), ...Object.keys(head)])];
  const heads = new Map(results.filter((result) => matches(result.case, head)).map((result) => [rest(result.case, named), result]));
  return results.filter((result) => matches(result.case, base)).flatMap((result) => {
    const other = heads.get(rest(result.case, named));
    return other === undefined || other.key === result.key ? [] : compareCases(result, other, { pairing: 'same-run', differing: named, materiality, also });
  });
}

/** Inside one run: every case that matches `base` against the one that matches `head` and is alike otherwise, for each pair of sides; corrected for all of them together. `also`: metrics beside the usual ones. */
export function compareWithin(results: readonly CaseResult[], sides: readonly Sides[], materiality = DEFAULT_MATERIALITY, also: readonly string[] = []): Comparison[] {
  return noteEmulated(correct(sides.flatMap((pair) => candidatesWithin(results, pair, materiality, also))), results);
}
