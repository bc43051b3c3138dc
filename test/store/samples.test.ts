import { expect, test } from 'vitest';
import { packSeries, unpackSeries } from '../../src/store/samples.ts';
import { latencies } from './example.ts';

test.each([
  ['nothing', []],
  ['one', [1]],
  ['integers, falling and negative', [5, 3, -7, 0, 2 ** 51, -(2 ** 51), 127, 128, 129]],
  ['largest steps', [2 ** 52 - 1, 0, -(2 ** 52 - 1), 0]],
  ['steps beyond what deltas hold', [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
  ['fractions', [0.1, 1e-300, 123456.789]],
  ['what is no number', [Number.NaN, Infinity, -0, 1]],
])('%s come back bit for bit', (_, values) => {
  const series = Float64Array.from(values);
  expect(new BigUint64Array(unpackSeries(packSeries(series)).buffer)).toEqual(new BigUint64Array(series.buffer));
});

test('real-looking latencies take less than a third of their size as doubles', () => {
  const series = latencies(100_000, 1);
  const blob = packSeries(series);
  expect(unpackSeries(blob)).toEqual(series);
  expect(blob.length).toBeLessThan(series.byteLength / 3);
});

test('a damaged blob is an error', () => {
  expect(() => unpackSeries(new Uint8Array())).toThrow('unknown layout');
  expect(() => unpackSeries(Uint8Array.of(9, 1, 2))).toThrow('unknown layout');
  expect(() => unpackSeries(packSeries(latencies(100, 1)).subarray(0, 40))).toThrow();
});
