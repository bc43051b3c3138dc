import { expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { mannWhitneyCdf, unpairedDifference } from '../../src/stats/two-sample.ts';
import { share } from './simulation.ts';

test('the amnion permeability example of Hollander & Wolfe, §4.1: estimate, 96 % interval and exact p', () => {
  const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const early = [1.15, 0.88, 0.9, 0.74, 1.21];
  const shift = unpairedDifference(atTerm, early, 0.05);
  expect(shift.estimate).toBeCloseTo(-0.305, 10);
  expect(shift.low).toBeCloseTo(-0.76, 10);
  expect(shift.high).toBeCloseTo(0.15, 10);
  expect(shift.p).toBeCloseTo(0.2544122544122544, 12);
});

test('the exact null distribution: 2 against 2 by hand, and the whole of 4 against 6', () => {
  expect([...mannWhitneyCdf(2, 2)]).toEqual([1, 2, 4, 5, 6].map((x) => x / 6));
  expect(mannWhitneyCdf(4, 6)[0]).toBeCloseTo(1 / 210, 15);
  expect(mannWhitneyCdf(4, 6).at(-1)).toBeCloseTo(1, 12);
});

test('Welch where ranks can not reach the level', () => {
  const shift = unpairedDifference([2.1, 2.5, 2.3], [2.9, 3.3, 2.8, 3.1], 0.05);
  expect(shift.method).toBe('difference of means, Welch t interval');
  expect(shift.low).toBeCloseTo(0.3059264561941082, 9); // scipy.stats.ttest_ind(equal_var=False)
  expect(shift.high).toBeCloseTo(1.144073543805892, 9);
  expect(shift.p).toBeCloseTo(0.007177077011823527, 10);
  expect(unpairedDifference([1, 2, 3, 4], [5, 6, 7, 8], 0.05)).toMatchObject({ method: 'Hodges-Lehmann, Mann-Whitney interval', low: 1, high: 7 });
  expect(unpairedDifference([1, 1], [1, 1], 0.05)).toMatchObject({ estimate: 0, low: 0, high: 0, p: 1 });
});

test('one launch on a side gives no interval, an empty side an error', () => {
  expect(unpairedDifference([1], [2, 3], 0.05)).toMatchObject({ estimate: 1.5, low: null, high: null, p: null, n: 1 });
  expect(() => unpairedDifference([], [1], 0.05)).toThrow(SampleError);
});

test.each([[3, 3], [4, 4], [6, 10], [60, 60]])('covers no change at .95 with %d against %d launches', (m, n) => {
  const random = seededRandom(`unpaired ${m} ${n}`);
  expect(share(600, () => {
    const { low, high } = unpairedDifference(Array.from({ length: m }, () => normal(random)), Array.from({ length: n }, () => normal(random)), 0.05);
    return low !== null && high !== null && low <= 0 && 0 <= high;
  })).toBeGreaterThan(0.93);
});
