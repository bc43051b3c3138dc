import { expect, test } from 'vitest';
import type { CaseResult, LaunchSummary } from '../../src/domain/result.ts';
import { OK } from '../../src/domain/verdict.ts';
import { compareRuns, compareWithin } from '../../src/farm/compare.ts';

function result(runtime: string, p50: readonly number[], cpuPressureMax: number): CaseResult {
  const launches = p50.map((value, block): LaunchSummary => ({
    block, attempt: 0, unit: 'local', status: { status: 'ok', reasons: [] }, warnings: [], startedAt: '2026-11-22T00:00:00Z', samples: 100, warmupSamples: 0, steady: true, stop: 'time',
    p50: value, p90: null, p99: null, mean: value, sps: 1000 / value, initTime: null, peakMemory: null,
  }));
  return {
    key: `m/fp32/${runtime}`, case: { model: 'm', variant: 'fp32', runtime, delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'local', options: { threads: 1, batch: 1 } },
    unit: 'local', verdict: { ...OK, reasons: [] }, warnings: [], absent: {}, placement: null, parity: null, launches, repro: '',
    metrics: { latency_p50: { value: p50[0] ?? 1, low: null, high: null, n: p50.length, unit: 'ms', method: 'order statistic per launch' } },
    conditions: { samples: 10, cpuPressureMax, absent: [] },
    provenance: {
      modelSha256: '', modelBytes: 1, modelSource: '', inputsSha256: 'i', precision: 'fp32', paddock: '', harness: '', harnessSha256: '', runtimeVersion: '', deviceModel: 'd', os: '', clockRegime: 'c', options: '{}',
    },
  };
}

const QUICK = [1, 1.001, 1.002, 0.999];
const SLOW = [1.3, 1.301, 1.302, 1.299];

test('a case that ran beside other programs in one of two runs has not regressed for sure', () => {
  const outcomes = (pressures: readonly [number, number]) => compareRuns([result('r', QUICK, pressures[0])], [result('r', SLOW, pressures[1])]).comparisons.map(({ outcome, reason }) => ({ outcome, reason }));
  expect(outcomes([0.02, 0.1])).toEqual([{ outcome: 'regressed', reason: expect.stringContaining('worse') }]);
  expect(outcomes([0.6, 0.65])).toEqual([{ outcome: 'regressed', reason: expect.stringContaining('worse') }]);
  expect(outcomes([0.02, 0.6])).toEqual([{ outcome: 'noisy', reason: 'looks regressed, but other programs took the processor in one of the runs (tasks waited 2 % and 60 % of the time at worst)' }]);
});

test('launches that stood side by side in one run are compared whatever the load', () => {
  expect(compareWithin([result('a', QUICK, 0.02), result('b', SLOW, 0.6)], [{ base: { runtime: 'a' }, head: { runtime: 'b' } }]).map(({ outcome }) => outcome)).toEqual(['regressed']);
});
