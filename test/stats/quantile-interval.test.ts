import { expect, test } from 'vitest';
import { normal, seededRandom, shuffled } from '../../src/domain/random.ts';
import { effectiveSize } from '../../src/stats/effective-size.ts';
import { quantileInterval, quantileIntervals, quantileOfSorted } from '../../src/stats/quantile-interval.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { ar1, coverage, independentInterval } from './simulation.ts';

// METHODS 1.5: .95–.97 at φ ≤ .5 and .93–.95 at φ = .8; the bound leaves three standard errors of a share of 1,000.
test.each([[0, 0.5, 0.935], [0, 0.9, 0.935], [0.5, 0.5, 0.93], [0.5, 0.9, 0.935], [0.8, 0.5, 0.93], [0.8, 0.9, 0.92]])('covers at .95 with AR(1) %d, quantile %d', (phi, p, least) => {
  expect(coverage((s) => quantileInterval(s, p, 0.05), { n: 2000, phi, p, launches: 1000, seed: `coverage ${phi} ${p}` })).toBeGreaterThanOrEqual(least);
});

test('the interval that takes samples as independent does not cover: .56 at AR(1) .8', () => {
  expect(coverage((s) => independentInterval(s, 0.5, 0.05), { n: 2000, phi: 0.8, p: 0.5, launches: 300, seed: 'independent' })).toBeLessThan(0.7);
});

test('the effective size agrees with n/τ of the series and with a plain computation of Geyer\'s sequence', () => {
  const random = seededRandom('effective');
  expect(effectiveSize(Float64Array.from({ length: 5000 }, () => normal(random)), 0)).toBeGreaterThan(4000);
  for (const n of [7, 31, 32, 33, 64, 500]) {
    const series = ar1(n, 0.7, random);
    const indicator = [...series].map((x) => (x <= 0.2 ? 1 : 0));
    const m = indicator.reduce<number>((a, b) => a + b, 0) / n;
    const covariance = (lag: number): number => indicator.slice(0, n - lag).reduce<number>((sum, x, t) => sum + (x - m) * ((indicator[t + lag] ?? 0) - m), 0);
    let sum = 0;
    for (let lag = 0; lag + 1 < n / 2; lag += 2) {
      const pair = covariance(lag) + covariance(lag + 1);
      if (pair <= 0) break;
      sum += pair;
    }
    expect(effectiveSize(series, 0.2)).toBeCloseTo(Math.max(1, n / Math.max(1, (2 * sum) / covariance(0) - 1)), 8);
  }
});

test('a drifting launch is worth few samples, a constant one all of them', () => {
  const ramp = Float64Array.from({ length: 2000 }, (_, i) => i);
  expect(effectiveSize(ramp, 1000)).toBeLessThan(10);
  expect(quantileInterval(new Float64Array(100).fill(3), 0.9, 0.05)).toEqual({ value: 3, low: 3, high: 3, n: 100, effectiveN: 100 });
});

test('value and bounds are samples; one sort answers several quantiles', () => {
  const samples = Float64Array.from({ length: 100 }, (_, i) => ((i * 51) % 100) + 1);
  const [p50, p90] = quantileIntervals(samples, [0.5, 0.9], 0.05);
  expect(p50).toEqual(quantileInterval(samples, 0.5, 0.05));
  expect(p50).toMatchObject({ value: 50, low: 40, high: 60, n: 100 });
  expect(p90).toBeNull(); // 51 apart modulo 100 walks through the top tenth in runs: worth too few samples for a p90
  const [lower, upper] = quantileIntervals(shuffled(Array.from({ length: 1000 }, (_, i) => i + 1), seededRandom('shuffled')), [0.1, 0.9], 0.05);
  expect([lower?.value, upper?.value]).toEqual([100, 900]);
  expect(lower?.high).toBeLessThan(130);
  expect(upper?.low).toBeGreaterThan(870);
  expect(quantileOfSorted(Float64Array.from({ length: 100 }, (_, i) => i + 1), 0.07)).toBe(7);
});

test('too few samples give no interval, a bad sample or quantile an error', () => {
  expect(quantileInterval([], 0.5, 0.05)).toBeNull();
  expect(quantileInterval([1], 0.5, 0.05)).toBeNull();
  expect(quantileInterval([1, 2, 3, 4], 0.5, 0.05)).toBeNull();
  expect(quantileInterval(Float64Array.from({ length: 50 }, (_, i) => i), 0.99, 0.05)).toBeNull();
  expect(() => quantileInterval([1, Number.NaN, 2], 0.5, 0.05)).toThrow(SampleError);
  expect(() => quantileInterval([1, 2, 3], 1, 0.05)).toThrow(SampleError);
});
