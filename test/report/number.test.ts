import { describe, expect, test } from 'vitest';
import { makeNumberFormat, NUMBER_FORMAT } from '../../src/report/number.ts';

const N = '\u202f';

describe('digits follow the interval', () => {
  test.each([
    [{ value: 24.1372, low: 23.85, high: 24.43 }, `24.1${N}ms\u00a0±1.2${N}%`],
    [{ value: 24.1372, low: 24.13, high: 24.144 }, `24.137${N}ms\u00a0±<0.1${N}%`],
    [{ value: 24.1372, low: 14, high: 37 }, `24${N}ms\u00a0±48${N}%`],
    [{ value: 1.71, low: 0.0274, high: 106.7 }, `1.7${N}ms\u00a0(0.027 to 110)`],
    [{ value: 0, low: -1, high: 1 }, `0${N}ms`],
    [{ value: 12345.6, low: 12000, high: 12700 }, `12,300${N}ms\u00a0±2.8${N}%`],
    [{ value: 0.000_142_3, low: 0.000_141, high: 0.000_143_6 }, `0.000142${N}ms\u00a0±0.9${N}%`],
    [{ value: 24.1372, low: null, high: null }, `24.1${N}ms`],
    [{ value: 10.35, low: 10.35, high: 10.35 }, `10.3${N}ms`],
    [{ value: 0, low: null, high: null }, `0${N}ms`],
    [{ value: Number.NaN, low: null, high: null }, '—'],
  ])('%o', (estimate, text) => {
    expect(NUMBER_FORMAT.quantity(estimate, 'ms')).toBe(text);
  });
});

test('a rate reads as one', () => {
  expect(NUMBER_FORMAT.quantity({ value: 41, low: null, high: null }, '1/s')).toBe(`41.0${N}/s`);
});

test('a ratio reads as a change, and none is neither up nor down', () => {
  expect([1.083, 0.63, 1, 1.0001, 3.2].map((ratio) => NUMBER_FORMAT.change(ratio))).toEqual([`+8.3${N}%`, `−37${N}%`, `±0.0${N}%`, `±0.0${N}%`, `+220${N}%`]);
});

test('a share never rounds to none or to all', () => {
  expect([0, 0.0004, 0.07, 0.964, 0.9996, 1].map((share) => NUMBER_FORMAT.share(share))).toEqual([`0${N}%`, `<0.1${N}%`, `7${N}%`, `96${N}%`, `>99.9${N}%`, `100${N}%`]);
});

test('an interval says its ends, that there is none, or that the value is exact', () => {
  expect(NUMBER_FORMAT.interval({ value: 24.1, low: 23.8, high: 24.4 }, 'ms')).toBe(`23.8 to 24.4${N}ms`);
  expect(NUMBER_FORMAT.interval({ value: 24.1, low: null, high: null }, 'ms')).toBe('no interval');
  expect(NUMBER_FORMAT.interval({ value: 24.1, low: 24.1, high: 24.1 }, 'ms')).toBe('exact');
});

test('the source text of the format is whole: the page runs it on its own', () => {
  // oxlint-disable-next-line no-implied-eval -- the report carries this source text
  const fromText = new Function(`return (${makeNumberFormat.toString()})()`)() as typeof NUMBER_FORMAT;
  expect(fromText.quantity({ value: 24.1372, low: 23.85, high: 24.43 }, 'ms')).toBe(NUMBER_FORMAT.quantity({ value: 24.1372, low: 23.85, high: 24.43 }, 'ms'));
});
