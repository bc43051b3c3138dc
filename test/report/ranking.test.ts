import { expect, test } from 'vitest';
import type { CaseResult } from '../../src/domain/result.ts';
import type { VerdictStatus } from '../../src/domain/verdict.ts';
import { Ranking } from '../../src/report/ranking.ts';
import { sampleReport } from '../fixtures/report/sample.ts';

const [template] = sampleReport().results() as Iterable<CaseResult> & [CaseResult];

function result(key: string, p50: readonly [number, number | null, number | null], status: VerdictStatus = 'ok', device = 'workstation'): CaseResult {
  const [value, low, high] = p50;
  return { ...template, key, case: { ...template.case, device }, verdict: { status, reasons: [] }, metrics: { latency_p50: { value, low, high, n: 4, unit: 'ms', method: '' } } };
}

function standings(...results: readonly CaseResult[]): Record<string, string> {
  const ranking = new Ranking();
  for (const one of results) ranking.add(one);
  return Object.fromEntries(ranking.standings());
}

test('the fastest of clearly different cases is best', () => {
  expect(standings(result('a', [10, 9.9, 10.1]), result('b', [8, 7.9, 8.1]), result('c', [12, 11, 13]))).toEqual({ b: 'best' });
});

test('overlapping intervals are level, whichever came first', () => {
  expect(standings(result('wide', [8, 6, 10.5]), result('b', [9, 8.5, 9.5]), result('c', [20, 19, 21]))).toEqual({ wide: 'level', b: 'level' });
  expect(standings(result('c', [20, 19, 21]), result('b', [9, 8.5, 9.5]), result('wide', [8, 6, 10.5]))).toEqual({ wide: 'level', b: 'level' });
});

test('an invalid case is never ranked, however fast', () => {
  expect(standings(result('cheat', [1, 0.9, 1.1], 'invalid'), result('a', [10, 9.9, 10.1]), result('b', [8, 7.9, 8.1]))).toEqual({ b: 'best' });
});

test('a case without an interval is not ranked: nothing says how sure it is', () => {
  expect(standings(result('single', [1, null, null]), result('a', [10, 9.9, 10.1]), result('b', [8, 7.9, 8.1]))).toEqual({ b: 'best' });
});

test('a latency of eight samples does not compete with one of a single sample', () => {
  const single = result('single', [10, 9.9, 10.1]);
  const eight = result('eight', [60, 59, 61]);
  expect(standings(single, { ...eight, case: { ...eight.case, options: { threads: 1, batch: 8 } } })).toEqual({});
});

test('devices do not compete, and one case alone is not best', () => {
  expect(standings(result('a', [10, 9.9, 10.1]), result('b', [8, 7.9, 8.1], 'ok', 'pi5-bench'))).toEqual({});
});
