import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { seededRandom } from '../../src/domain/random.ts';
import { earlyStoppingEstimate, minQueries, MLPERF_CONFIDENCE } from '../../src/stats/early-stopping.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { share } from './simulation.ts';

const rows = z.array(z.object({ percentile: z.number(), t: z.int(), queries: z.int() })).parse(JSON.parse(readFileSync(new URL('../fixtures/stats/mlperf-early-stopping.json', import.meta.url), 'utf8')));

test.each(rows)('p $percentile with $t over the bound needs $queries queries', ({ percentile, t, queries }) => {
  expect(minQueries(t, percentile, MLPERF_CONFIDENCE)).toBe(queries);
});

test('LoadGen\'s estimate: the t-th highest latency for the largest t that the query count allows', () => {
  const upTo = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => n - i);
  expect(earlyStoppingEstimate(upTo(63), 0.9, 0.99)).toEqual({ percentile: 0.9, estimate: null, discarded: 0, queries: 63, required: 64 });
  expect(earlyStoppingEstimate(upTo(64), 0.9, 0.99)).toEqual({ percentile: 0.9, estimate: 64, discarded: 0, queries: 64, required: 64 });
  expect(earlyStoppingEstimate(upTo(81), 0.9, 0.99)).toMatchObject({ estimate: 80, discarded: 1 });
  expect(earlyStoppingEstimate(upTo(1246), 0.9, 0.99)).toMatchObject({ estimate: 1147, discarded: 99 });
  expect(earlyStoppingEstimate([], 0.99, 0.99)).toMatchObject({ estimate: null, required: 662 });
});

test('the estimate is under the true percentile in at most 1 % of the launches', () => {
  const random = seededRandom('mlperf');
  expect(share(2000, () => (earlyStoppingEstimate(Float64Array.from({ length: 200 }, random), 0.9, 0.99).estimate ?? 0) < 0.9)).toBeLessThan(0.015);
});

test('an impossible question is refused', () => {
  expect(() => minQueries(1, 1, 0.99)).toThrow(SampleError);
  expect(() => minQueries(0.5, 0.9, 0.99)).toThrow(SampleError);
});
