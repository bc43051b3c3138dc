import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { poissonArrivalsNs } from '../../src/stats/poisson.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { mean, sampleSd } from '../../src/stats/summary.ts';

test('arrivals ascend inside the duration, and the same seed gives the same ones', () => {
  const arrivals = poissonArrivalsNs(100, 2e9, seededRandom(7));
  expect(arrivals).toEqual(poissonArrivalsNs(100, 2e9, seededRandom(7)));
  expect([...arrivals].every((t, i) => t >= 0 && t < 2e9 && t >= (arrivals[i - 1] ?? 0))).toBe(true);
});

test('gaps are exponential: mean and standard deviation 1/rate; counts have variance equal to their mean', () => {
  const random = seededRandom('poisson');
  const arrivals = poissonArrivalsNs(1000, 20e9, random);
  const gaps = arrivals.slice(1).map((t, i) => t - (arrivals[i] ?? 0));
  expect(Math.abs(mean(gaps) / 1e6 - 1)).toBeLessThan(0.03);
  expect(Math.abs(sampleSd(gaps) / 1e6 - 1)).toBeLessThan(0.04);
  const counts = Array.from({ length: 2000 }, () => poissonArrivalsNs(50, 1e9, random).length);
  expect(Math.abs(mean(counts) / 50 - 1)).toBeLessThan(0.02);
  expect(Math.abs(sampleSd(counts) ** 2 / 50 - 1)).toBeLessThan(0.12);
});

test('no duration has no arrivals; no rate is an error', () => {
  expect(poissonArrivalsNs(10, 0, seededRandom(1))).toHaveLength(0);
  expect(() => poissonArrivalsNs(0, 1e9, seededRandom(1))).toThrow(SampleError);
  expect(() => poissonArrivalsNs(10, Number.POSITIVE_INFINITY, seededRandom(1))).toThrow(SampleError);
});
