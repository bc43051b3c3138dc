import { expect, test } from 'vitest';
import { caseKey } from '../../src/domain/case.ts';
import type { EventSeries } from '../../src/domain/event.ts';
import { seededRandom } from '../../src/domain/random.ts';
import type { CaseResult, LaunchSummary } from '../../src/domain/result.ts';
import { findInAnswers, findInLaunches, type Suspicion } from '../../src/history/ab-finding.ts';
import { exampleCase, exampleResult } from '../store/example.ts';

/** One side of an A/B of twelve launches. */
function side(id: 'base' | 'head', launch: (block: number) => Partial<LaunchSummary>): CaseResult {
  const c = { ...exampleCase(0), model: id, runtime: id };
  const key = caseKey(c);
  const row = exampleResult({ key, ordinal: 0, case: c, verdict: null });
  const [example] = row.launches;
  if (example === undefined) throw new Error('the example has no launch');
  const metric = { value: 1, low: 1, high: 1, n: 12, unit: 'ms', method: 'm' };
  return {
    ...row, metrics: { latency_p50: metric, init_time: metric, energy_per_inference: metric },
    launches: Array.from({ length: 12 }, (_, block) => ({ ...example, block, unit: row.unit ?? '', status: { status: 'ok', reasons: [] }, ...launch(block) })),
  };
}

/** Both sides, `factor` between them, with log-normal noise of `sd` between launches. */
function latencies(factor: number, sd: number, seed: string): readonly CaseResult[] {
  const random = seededRandom(seed);
  const noise = (): number => Math.exp(sd * (random() + random() + random() + random() - 2) * Math.sqrt(3));
  return [side('base', () => ({ p50: 10 * noise(), initTime: 5 })), side('head', () => ({ p50: 10 * factor * noise(), initTime: 5 }))];
}

function member(ratio: number, metric = 'latency_p50'): EventSeries {
  return { key: 'k', metric, ratio, p: 1e-9, worse: ratio > 1 && metric !== 'quality_top1', firstBad: 'r', fixedBy: null };
}

const SLOWER: Suspicion = { kind: 'regressed', members: [member(1.2)] };

test('nothing to see is said with its bound, and never as no difference', () => {
  const found = findInLaunches(latencies(1, 0.005, 'same'), SLOWER, 0.03);
  expect(found).toMatchObject({ kind: 'same', words: expect.stringContaining('no change beyond ±3.0 %') });
});

test('a change the same way that is smaller than what the nights show is neither that change nor none', () => {
  expect(findInLaunches(latencies(1.06, 0.01, 'part'), SLOWER, 0.095)).toMatchObject({ kind: 'smaller', words: expect.stringMatching(/\+\d.* to \+\d.*no change beyond ±9\.5 %/) });
  // A trifle of it is no part of it.
  expect(findInLaunches(latencies(1.015, 0.003, 'trifle'), { ...SLOWER, members: [member(2)] }, 0.03)).toMatchObject({ kind: 'same', words: expect.stringMatching(/\+1\./) });
});

test('a sure change that is a trifle of what the nights show does not confirm it', () => {
  const huge: Suspicion = { kind: 'regressed', members: [member(3)] };
  expect(findInLaunches(latencies(1.05, 0.003, 'little'), huge, 0.03)).toMatchObject({ kind: 'smaller', comparison: { outcome: 'regressed' }, words: expect.stringContaining('worse by more than 3.0 %') });
  expect(findInLaunches(latencies(1.4, 0.003, 'a third'), huge, 0.03)).toMatchObject({ kind: 'changed' });
  // What the nights overstate, as chance does of what it lifts over a threshold, is confirmed.
  expect(findInLaunches(latencies(1.05, 0.003, 'overstated'), { ...huge, members: [member(1.12)] }, 0.03)).toMatchObject({ kind: 'changed' });
});

test('a sure change the other way is called so', () => {
  expect(findInLaunches(latencies(0.8, 0.01, 'faster'), SLOWER, 0.03)).toMatchObject({ kind: 'other-way', comparison: { outcome: 'improved' }, words: expect.stringContaining('better by more than') });
});

test('of several metrics, those that did not move are told beside the one that did', () => {
  const both: Suspicion = { kind: 'regressed', members: [member(1.2), member(1.5, 'init_time')] };
  const [base, head] = latencies(1.2, 0.005, 'two');
  if (base === undefined || head === undefined) throw new Error('two sides');
  const found = findInLaunches([base, head], both, 0.03);
  expect(found).toMatchObject({ kind: 'changed', comparison: { metric: 'latency_p50' }, words: expect.stringMatching(/Latency p50 \+.*; not so Init .*no change beyond/) });
});

test('the figure that is told is of the largest suspicion among those that launches tell, never of a file size', () => {
  const [base, head] = latencies(1.8, 0.005, 'order');
  if (base === undefined || head === undefined) throw new Error('two sides');
  const sized = [base, head].map((one, index) => ({ ...one, metrics: { ...one.metrics, model_size: { value: 1 + 0.012 * index, low: null, high: null, n: 1, unit: 'MB', method: 'm' } }, launches: one.launches.map((launch) => ({ ...launch, peakMemory: 100 * (1 + 0.2 * index) })) }));
  const members = [member(1.012, 'model_size'), member(1.2, 'peak_memory'), member(1.8)];
  expect(findInLaunches(sized, { kind: 'regressed', members }, 0.03)).toMatchObject({ kind: 'changed', comparison: { metric: 'latency_p50' } });
  expect(findInLaunches(sized, { kind: 'regressed', members: [member(1.012, 'model_size')] }, 0.03)).toMatchObject({ kind: 'undecided' });
});

test('energy that some launches did not show above idle is left open with the reason, not told from the others', () => {
  for (const seed of ['a', 'b', 'c', 'd', 'e']) {
    const random = seededRandom(seed);
    const noise = (): number => (random() + random() + random() + random() - 2) * Math.sqrt(3);
    const sides = [side('base', () => ({ energyPerInference: 1 + noise() })), side('head', () => ({ energyPerInference: 0.2 + noise() }))];
    expect(findInLaunches(sides, { kind: 'improved', members: [{ ...member(0.2, 'energy_per_inference'), worse: false }] }, 0.03)).toMatchObject({ kind: 'undecided', reason: expect.stringMatching(/of 12 launches showed no energy/) });
  }
  const clear = [side('base', (block) => ({ energyPerInference: 10 + 0.01 * block })), side('head', (block) => ({ energyPerInference: 12 + 0.01 * block }))];
  expect(findInLaunches(clear, { kind: 'regressed', members: [member(1.2, 'energy_per_inference')] }, 0.03)).toMatchObject({ kind: 'changed' });
});

test('an error rate that was 0 and is not any more has changed, though it has no ratio', () => {
  const rate = (id: 'base' | 'head', value: number): CaseResult => ({ ...side(id, () => ({})), metrics: { quality_cer: { value, low: value, high: value, n: 40, unit: '%', method: 'm' } } });
  const lead = member(1.3, 'quality_cer');
  expect(findInAnswers(rate('base', 0), rate('head', 5), lead)).toMatchObject({ kind: 'changed', comparison: { ratio: null, outcome: 'regressed' }, words: expect.stringContaining('0 -> 5') });
  expect(findInAnswers(rate('base', 5), rate('head', 0), lead)).toMatchObject({ kind: 'other-way', comparison: { outcome: 'improved' } });
  expect(findInAnswers(rate('base', 0), rate('head', 0), lead)).toMatchObject({ kind: 'same' });
});
