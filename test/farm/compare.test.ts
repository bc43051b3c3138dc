import { expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import type { CaseResult, Comparison } from '../../src/domain/result.ts';
import { buildCaseResult } from '../../src/farm/case-result.ts';
import { compareRuns, compareWithin } from '../../src/farm/compare.ts';
import { attempt, evidence, launchRecord } from './case-evidence.ts';

/** A row whose launches have these medians, ms, in blocks 0, 1, … */
function row(mediansMs: readonly number[], more: Partial<CaseResult['case']> = {}, provenance: Partial<NonNullable<CaseResult['provenance']>> = {}): CaseResult {
  const base = evidence(mediansMs.map((ms, block) => attempt(block, launchRecord(ms))));
  const fields = { ...base.planned.case, ...more };
  const key = `${fields.model}/${fields.variant}/${fields.options.threads}/${fields.scenario}`;
  return buildCaseResult({ ...base, planned: { ...base.planned, key, case: fields }, provenance: base.provenance === null ? null : { ...base.provenance, ...provenance } });
}

const STEADY = [1, 1.002, 0.998, 1.001, 0.999, 1.003];
const times = (factor: number): number[] => STEADY.map((ms, i) => ms * factor * (1 + 0.0005 * (i % 2)));
const p50 = (comparisons: readonly Comparison[]): Comparison => {
  const found = comparisons.find((comparison) => comparison.metric === 'latency_p50');
  if (found === undefined) throw new Error(`no p50 among ${JSON.stringify(comparisons)}`);
  return found;
};
const runs = (base: CaseResult, head: CaseResult): Comparison => p50(compareRuns([base], [head]).comparisons);
const variants = (base: readonly number[], head: readonly number[]): Comparison => p50(compareWithin([row(base), row(head, { variant: 'int8' })], [{ base: { variant: 'v' }, head: { variant: 'int8' } }]));

test.each<[outcome: Comparison['outcome'], factor: number]>([['regressed', 1.1], ['improved', 0.9], ['equivalent', 1.003]])('%s: a change by %f, between runs and inside one', (outcome, factor) => {
  const between = runs(row(STEADY), row(times(factor)));
  expect(between.outcome).toBe(outcome);
  expect(between.ratio).toBeCloseTo(factor, 2);
  expect(between.method).toMatch(/^launches of two runs/);
  const inside = variants(STEADY, times(factor));
  expect(inside.outcome).toBe(outcome);
  expect(inside.method).toMatch(/^launch pairs/);
  expect(inside.n).toBe(6);
});

test('pairs see through a drift that both sides share; two runs do not claim to', () => {
  const drift = STEADY.map((ms, i) => ms * (1 + 0.05 * i));
  const slower = times(1.1).map((ms, i) => ms * (1 + 0.05 * i));
  expect(variants(drift, slower).outcome).toBe('regressed');
  expect(runs(row(drift), row(slower)).outcome).toBe('noisy');
});

const DISTURBED = [1, 1.31, 1.002, 0.998, 1.22, 1.001, 1.4, 0.999, 1.003, 1, 1.27, 1.002];
const turned = (values: readonly number[], by: number): number[] => values.map((_, i) => values[(i + by) % values.length] ?? 1);

test('where something else slows whole launches, a change is seen by the fastest and the median pair; that the fastest agree is not called equivalent', () => {
  const slower = variants(DISTURBED, turned(DISTURBED, 3).map((ms) => ms * 1.08));
  expect(slower).toMatchObject({ outcome: 'regressed', method: expect.stringContaining('fastest third'), reason: expect.stringContaining('the fastest and the median pair were compared') });
  expect(slower.ratio).toBeCloseTo(1.08, 2);
  expect(variants(DISTURBED, turned(DISTURBED, 3))).toMatchObject({ outcome: 'noisy', reason: expect.stringMatching(/^looks equivalent, but pairs of launches differ by/) });
  const sps = compareWithin([row(DISTURBED, { scenario: 'offline' }), row(turned(DISTURBED, 3).map((ms) => ms * 1.08), { scenario: 'offline', variant: 'int8' })], [{ base: { variant: 'v' }, head: { variant: 'int8' } }])
    .find((comparison) => comparison.metric === 'sps');
  expect(sps?.outcome).toBe('regressed');
  expect(sps?.ratio).toBeCloseTo(1 / 1.08, 2);
});

test('a machine that is in one of two states for many launches: the median pair tells that two are alike, and that one is slower', () => {
  // Two pairs fall on the border of the states; the rest have one state on both sides.
  const base = [1, 1.003, 1.001, 2.2, 2.206, 2.203, 2.201, 2.204, 2.2, 1.002, 1, 1.001, 1.003, 1.002];
  const head = [1.001, 1.002, 2.203, 2.201, 2.204, 2.2, 2.206, 2.203, 1.004, 1.001, 1.002, 1, 1.001, 1.003];
  expect(variants(base, head)).toMatchObject({ outcome: 'equivalent', reason: expect.stringContaining('the fastest and the median pair were compared') });
  const slower = variants(base, head.map((ms) => ms * 1.06));
  expect(slower.outcome).toBe('regressed');
  expect(slower.ratio).toBeCloseTo(1.06, 2);
});

test('a variant whose fast launches are faster and whose most launches are slower is not called improved', () => {
  const moody = DISTURBED.map((_, i) => (i % 3 === 0 ? 0.9 : 1.3) * (1 + 0.0001 * i));
  expect(variants(STEADY.concat(STEADY), moody)).toMatchObject({ outcome: 'noisy', reason: expect.stringContaining('most pairs of launches go the other way (8 of 12)') });
});

test('for throughput, more is better', () => {
  const compared = compareRuns([row(STEADY, { scenario: 'offline' })], [row(times(1.1), { scenario: 'offline' })]).comparisons.find((comparison) => comparison.metric === 'sps');
  expect(compared).toMatchObject({ outcome: 'regressed' });
  expect(compared?.ratio).toBeLessThan(1);
});

test('too few launches are noisy, never a verdict', () => {
  expect(runs(row([1, 1]), row([2, 2]))).toMatchObject({ outcome: 'noisy', ratio: null, reason: expect.stringContaining('too few launches (2 and 2)') });
});

test.each<[field: string, head: CaseResult]>([
  ['the inputs differ', row(STEADY, {}, { inputsSha256: 'other' })],
  ['the device model differs: d and d2', row(STEADY, {}, { deviceModel: 'd2' })],
  ['the clock regime differs: c and performance', row(STEADY, {}, { clockRegime: 'performance' })],
])('incomparable, and said why: %s', (reason, head) => {
  const { comparisons } = compareRuns([row(STEADY)], [{ ...head, key: row(STEADY).key }]);
  expect(comparisons).toEqual([expect.objectContaining({ outcome: 'incomparable', reason, ratio: null })]);
});

test('a case that is not ok on one side is not compared', () => {
  const invalid = { ...row(STEADY), verdict: { status: 'invalid' as const, reasons: [{ code: 'parity', message: 'wrong' }] } };
  expect(compareRuns([row(STEADY)], [invalid]).comparisons[0]).toMatchObject({ outcome: 'incomparable', reason: 'the case in HEAD is invalid (parity)' });
});

test('another runtime version, OS or harness is what an adaptation check compares, not a refusal', () => {
  expect(runs(row(STEADY), row(STEADY, {}, { runtimeVersion: '2', os: 'newer', harness: 'h 2', modelSha256: 'other' })).outcome).toBe('equivalent');
});

test('another number of threads is compared only where it is asked for', () => {
  const one = row(STEADY);
  const two = row(times(0.6), { options: { threads: 2, batch: 1 } });
  expect(p50(compareWithin([one, two], [{ base: { threads: 1 }, head: { threads: 2 } }])).outcome).toBe('improved');
  expect(compareWithin([one, two], [{ base: { variant: 'v' }, head: { variant: 'int8' } }])).toEqual([]);
});

test('cases that only one run has are told', () => {
  expect(compareRuns([row(STEADY)], [row(STEADY, { model: 'new' })])).toMatchObject({ comparisons: [], onlyBase: ['m/v/1/single-stream'], onlyHead: ['new/v/1/single-stream'] });
});

test('a chance find among many cases is taken back; a clear one among them stays', () => {
  const random = seededRandom('many');
  const noise = (factor: number): number[] => Array.from({ length: 6 }, () => factor * Math.exp(0.004 * normal(random)));
  const bases = Array.from({ length: 40 }, (_, i) => row(noise(1), { model: `m${i}` }));
  const heads = Array.from({ length: 40 }, (_, i) => row(noise(i === 0 ? 1.2 : 1), { model: `m${i}` }));
  const called = compareRuns(bases, heads).comparisons.filter(({ outcome }) => outcome === 'regressed' || outcome === 'improved');
  expect(new Set(called.map(({ head }) => head))).toEqual(new Set(['m0/v/1/single-stream']));
});

/** Share of A/A comparisons in which anything is called changed: launches with 2 % noise, and a run's own level that differs by `between`. */
function falseAlarms(compare: (base: CaseResult, head: CaseResult) => readonly Comparison[], between: number, seed: string): number {
  const random = seededRandom(seed);
  let alarms = 0;
  const tries = 400;
  for (let i = 0; i < tries; i++) {
    const side = (variant: string): CaseResult => {
      const level = Math.exp(between * normal(random));
      return row(Array.from({ length: 6 }, () => level * Math.exp(0.02 * normal(random))), { variant });
    };
    if (compare(side('v'), side('int8')).some(({ outcome }) => outcome === 'regressed' || outcome === 'improved')) alarms++;
  }
  return alarms / tries;
}

test('A/A raises false alarms in at most 5 % of comparisons', () => {
  expect(falseAlarms((a, b) => compareWithin([a, b], [{ base: { variant: 'v' }, head: { variant: 'int8' } }]), 0, 'pairs')).toBeLessThanOrEqual(0.05);
  expect(falseAlarms((a, b) => compareRuns([a], [{ ...b, key: a.key }]).comparisons, 0.01, 'runs')).toBeLessThanOrEqual(0.05);
});

test('a real 8 % slowdown in 2 % noise is found in at least 80 % of runs of 6 launches', () => {
  const random = seededRandom('power');
  const launches = (factor: number): number[] => Array.from({ length: 6 }, () => factor * Math.exp(0.02 * normal(random)));
  const found = Array.from({ length: 200 }, () => variants(launches(1), launches(1.08))).filter(({ outcome }) => outcome === 'regressed').length;
  expect(found / 200).toBeGreaterThanOrEqual(0.8);
});

test('server at a given rate is compared by latency: its SPS is the rate, whatever the device does', () => {
  const served = (mediansMs: readonly number[], spsOf: (index: number) => number): CaseResult => {
    const base = evidence(mediansMs.map((ms, block) => attempt(block, launchRecord(ms, { sps: spsOf(block), server: { ratePerS: spsOf(block), boundNs: 1e8, p99Ns: ms * 1e6, met: true } }))));
    return buildCaseResult({ ...base, planned: { ...base.planned, case: { ...base.planned.case, scenario: 'server' } } });
  };
  const given = compareRuns([served(STEADY, () => 50)], [served(times(1.5), () => 50)]).comparisons;
  expect(given.map(({ metric }) => metric)).not.toContain('sps');
  expect(p50(given).outcome).toBe('regressed');
  expect(compareRuns([served(STEADY, (i) => 50 + i / 10)], [served(STEADY, (i) => 40 + i / 10)]).comparisons.find(({ metric }) => metric === 'sps')?.outcome).toBe('regressed');
});

test('a workload whose own settings changed under the same id is not compared', () => {
  const options = (latencyBoundMs: number): string => JSON.stringify({ threads: 1, workload: { latencyBoundMs } });
  const refused = compareRuns([row(STEADY, {}, { options: options(10) })], [row(STEADY, {}, { options: options(20) })]).comparisons;
  expect(refused).toMatchObject([{ outcome: 'incomparable', reason: 'the workload differs: {"latencyBoundMs":10} and {"latencyBoundMs":20}' }]);
  expect(runs(row(STEADY, {}, { options: options(10) }), row(STEADY, {}, { options: options(10) })).outcome).toBe('equivalent');
});

test('what is asked for beside the usual metrics is compared where launches tell it, and only then', () => {
  const withFirst = (factor: number, variant: string): CaseResult => {
    const base = row(STEADY, { variant });
    return { ...base, metrics: { ...base.metrics, first_inference: { value: 2 * factor, low: null, high: null, n: 6, unit: 'ms', method: 'first inference per launch' } }, launches: base.launches.map((launch, i) => ({ ...launch, firstInference: 2 * factor * (STEADY[i] ?? 1) })) };
  };
  const sides = [{ base: { variant: 'v' }, head: { variant: 'w' } }];
  const results = [withFirst(1, 'v'), withFirst(1.3, 'w')];
  expect(compareWithin(results, sides).map(({ metric }) => metric)).not.toContain('first_inference');
  expect(compareWithin(results, sides, 0.03, ['first_inference']).find(({ metric }) => metric === 'first_inference')).toMatchObject({ outcome: 'regressed', ratio: expect.closeTo(1.3, 2) });
  expect(compareWithin(results, sides, 0.03, ['energy_per_inference', 'latency_p50']).map(({ metric }) => metric)).toEqual(compareWithin(results, sides).map(({ metric }) => metric));
});
