import { expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { caseInterval } from '../../src/stats/case-interval.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { share } from './simulation.ts';

test('geometric mean with t on the logs', () => {
  const { value, low, high, n, method } = caseInterval([1, 10, 100], 0.05);
  expect(value).toBeCloseTo(10, 10);
  // ln 10 ± 4.302653 · ln 10/√3
  expect(low).toBeCloseTo(10 * Math.exp((-4.302652729749462 * Math.LN10) / Math.sqrt(3)), 10);
  expect(high).toBeCloseTo(10 * Math.exp((4.302652729749462 * Math.LN10) / Math.sqrt(3)), 4);
  expect([n, method]).toEqual([3, 'geometric mean of launches, t interval on logs']);
});

test('below three launches there is a value and no interval', () => {
  expect(caseInterval([4], 0.05)).toMatchObject({ value: 4, low: null, high: null, n: 1 });
  expect(caseInterval([4, 9], 0.05)).toMatchObject({ low: null, high: null, n: 2, method: expect.stringContaining('too few launches') });
});

test('values that can be zero or negative get an arithmetic mean, and the method says so', () => {
  expect(caseInterval([-1, 0, 1], 0.05)).toMatchObject({ value: 0, method: 'arithmetic mean of launches, t interval' });
});

test('no launch and a value that is not finite are refused', () => {
  expect(() => caseInterval([], 0.05)).toThrow(SampleError);
  expect(() => caseInterval([1, Number.NaN, 2], 0.05)).toThrow(SampleError);
  expect(() => caseInterval([1, 2, Number.POSITIVE_INFINITY], 0.05)).toThrow(SampleError);
  expect(() => caseInterval([-1, 2, Number.POSITIVE_INFINITY], 0.05)).toThrow(SampleError);
});

test.each([3, 5, 10])('covers at .95 with %d launches', (n) => {
  const random = seededRandom(`case ${n}`);
  const held = share(2000, () => {
    const { low, high } = caseInterval(Array.from({ length: n }, () => Math.exp(1 + 0.03 * normal(random))), 0.05);
    return low !== null && high !== null && low <= Math.E && Math.E <= high;
  });
  expect(Math.abs(held - 0.95)).toBeLessThan(0.015);
});
