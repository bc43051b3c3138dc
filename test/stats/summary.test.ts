import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { seededRandom } from '../../src/domain/random.ts';
import { selectInPlace } from '../../src/stats/order-statistic.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { lag1Autocorrelation, mad, mean, median, sampleSd } from '../../src/stats/summary.ts';

const strdSchema = z.record(z.string(), z.object({ mean: z.number(), sd: z.number(), lag1: z.number(), y: z.array(z.number()) }));
const strd = strdSchema.parse(JSON.parse(readFileSync(new URL('../fixtures/stats/nist-strd-univariate.json', import.meta.url), 'utf8')));

test.each(Object.entries(strd))('NIST StRD %s: mean, sd and lag-1 autocorrelation as certified, to 1e-9', (name, set) => {
  expect(Math.abs(mean(set.y) / set.mean - 1)).toBeLessThan(1e-9);
  expect(Math.abs(lag1Autocorrelation(set.y) / set.lag1 - 1)).toBeLessThan(1e-9);
  // NumAcc4's decimals (10000000.2 ± .1) have no doubles: the exact sd of the nearest doubles is 5.6e-9 off the certified one.
  expect(Math.abs(sampleSd(Float64Array.from(set.y)) / set.sd - 1)).toBeLessThan(name === 'NumAcc4' ? 6e-9 : 1e-9);
});

test('median and mad of odd, even and constant samples', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median(Float64Array.of(4, 1, 3, 2))).toBe(2.5);
  expect(mad([1, 1, 2, 2, 4, 6, 9])).toBe(1);
  expect(mad([5, 5, 5])).toBe(0);
});

test('selection agrees with sorting, ties included', () => {
  const random = seededRandom('select');
  for (let round = 0; round < 300; round++) {
    const values = Float64Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 12));
    const ascending = values.toSorted();
    const k = Math.floor(random() * values.length);
    expect(selectInPlace(values, k)).toBe(ascending[k]);
  }
});

test('an empty or non-finite sample is refused by name and place', () => {
  expect(() => mean([])).toThrow(SampleError);
  expect(() => sampleSd([1])).toThrow(/at least 2/);
  expect(() => median([1, Number.NaN])).toThrow(/value 1 of 2 is NaN/);
});
