import { expect, test } from 'vitest';
import { normal, seededRandom, type Random } from '../../src/domain/random.ts';
import { judgeChange } from '../../src/stats/change-verdict.ts';
import { pairedDifference } from '../../src/stats/paired-difference.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { signedRankCdf, signedRankShift } from '../../src/stats/signed-rank.ts';
import { signTestShift } from '../../src/stats/sign-test.ts';
import type { Shift } from '../../src/stats/shift.ts';
import { share } from './simulation.ts';

test('the depression scale example of Hollander & Wolfe, §3.1: estimate, 96.1 % interval and exact p', () => {
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  const shift = signedRankShift(after.map((y, i) => y - (before[i] ?? 0)), 0.05) ?? expect.fail();
  expect(shift.method).toBe('Hodges-Lehmann, signed-rank interval');
  expect(shift.estimate).toBeCloseTo(-0.46, 10);
  expect(shift.low).toBeCloseTo(-0.786, 10);
  expect(shift.high).toBeCloseTo(-0.01, 10);
  expect(shift.p).toBeCloseTo(0.0390625, 12);
});

test('the exact null distribution: n = 3 by hand, and symmetric', () => {
  expect([...signedRankCdf(3)]).toEqual([1, 2, 3, 5, 6, 7, 8].map((x) => x / 8));
  const cdf = signedRankCdf(20);
  expect((cdf[104] ?? 0) + (cdf[105] ?? 0)).toBeCloseTo(1, 12);
  // The tabled critical value for 20 pairs at two-sided 5 % is 52.
  expect(cdf[52]).toBeLessThanOrEqual(0.025);
  expect(cdf[53]).toBeGreaterThan(0.025);
});

test('ranks from ten pairs on, t below and where ranks do not reach the level, nothing for one pair', () => {
  const ten = [1, 2, 3, 4, 5, 6.5, 7, 8, 9, 10];
  expect(pairedDifference(ten, 0.05)).toMatchObject({ n: 10, method: 'Hodges-Lehmann, signed-rank interval' });
  expect(pairedDifference(ten.slice(1), 0.05).method).toBe('mean of pairs, t interval');
  expect(pairedDifference(ten, 0.001).method).toBe('mean of pairs, t interval');
  expect(signedRankShift([1, 2, 3, 4, 5, 6.5], 0.05)).toMatchObject({ low: 1, high: 6.5, p: 0.03125, n: 6 });
  expect(signedRankShift([1, 2, 3, 4, 5], 0.05)).toBeNull();
  expect(signTestShift([1, 2, 3, 4, 5], 0.05)).toBeNull();
  const t = pairedDifference([1, 2, 3], 0.05);
  expect(t.method).toBe('mean of pairs, t interval');
  expect(t.low).toBeCloseTo(2 - 4.302652729749462 / Math.sqrt(3), 10);
  expect(pairedDifference([2], 0.05)).toEqual({ estimate: 2, low: null, high: null, p: null, n: 1, method: 'one pair, no interval' });
  expect(() => pairedDifference([], 0.05)).toThrow(SampleError);
});

test('skewed differences get the sign test', () => {
  const shift = pairedDifference([1, 2, 3, 4, 90, 2, 1, 3, 2, 5], 0.05);
  expect(shift).toMatchObject({ method: 'median, sign-test interval', estimate: 2.5, low: 1, high: 5 });
});

test.each([3, 4, 6, 10, 20, 60])('no change is called at most at the nominal .05 with %d pairs, and the interval covers', (n) => {
  const random = seededRandom(`paired ${n}`);
  let alarms = 0;
  const held = share(1500, () => {
    const { low, high, p } = pairedDifference(Array.from({ length: n }, () => 0.01 * normal(random)), 0.05);
    if (p !== null && p <= 0.05) alarms++;
    return low !== null && high !== null && low <= 0 && 0 <= high;
  });
  expect(held).toBeGreaterThan(0.935);
  expect(alarms / 1500).toBeLessThan(0.065);
});

test('the median is covered when differences are heavily skewed', () => {
  const random = seededRandom('skewed');
  expect(share(1000, () => {
    const { low, high } = signTestShift(Array.from({ length: 20 }, () => Math.exp(normal(random))), 0.05) ?? expect.fail();
    return low !== null && high !== null && low <= 1 && 1 <= high;
  })).toBeGreaterThan(0.94);
});

const LAUNCH_NOISE = {
  'normal': (random) => normal(random),
  'one launch in twenty six times as noisy': (random) => (random() < 0.05 ? 6 : 1) * normal(random),
  'one launch in ten up to 8 sd slower': (random) => normal(random) + (random() < 0.1 ? 8 * random() : 0),
} as const satisfies Readonly<Record<string, (random: Random) => number>>;

test.each([['normal', 0.66], ['one launch in twenty six times as noisy', 0.49], ['one launch in ten up to 8 sd slower', 0.38]] as const)('six pairs of launches, %s: no change is not called, 5 %% is seen more often than by ranks', (noise, seenAtLeast) => {
  const random = seededRandom(`six ${noise}`);
  const pairs = (change: number, launchSd: number): number[] => Array.from({ length: 6 }, () => change + launchSd * (LAUNCH_NOISE[noise](random) - LAUNCH_NOISE[noise](random)));
  const called = (shift: Pick<Shift, 'low' | 'high'>): boolean => ['regressed', 'improved'].includes(judgeChange(shift, 0.03, 'lower'));
  for (const launchSd of [0.01, 0.05, 0.2]) expect(share(2000, () => called(pairedDifference(pairs(0, launchSd), 0.05)))).toBeLessThan(0.05);
  let byRanks = 0;
  const seen = share(2000, () => {
    const differences = pairs(Math.log(1.05), 0.01);
    if (called(signedRankShift(differences, 0.05) ?? expect.fail())) byRanks++;
    return called(pairedDifference(differences, 0.05));
  });
  expect(seen).toBeGreaterThan(seenAtLeast);
  expect(seen).toBeGreaterThan(byRanks / 2000 + 0.05);
});
