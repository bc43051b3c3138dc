import { describe, expect, test } from 'vitest';
import { normal, seededRandom, type Random } from '../../src/domain/random.ts';
import { fastestThirdLevel, fastestThirdMaterialP, fastestThirdShift } from '../../src/stats/fastest-third.ts';
import { pairedDifference } from '../../src/stats/paired-difference.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { mean, sampleSd } from '../../src/stats/summary.ts';
import { share } from './simulation.ts';

const BAR = Math.log(1.03);

/** Log launch medians in the order a, b, b, a, a, b …: 1 % noise, episodes in which launches are 15 to 45 % slower, and a drift over the whole. */
function launches(n: number, { effect, slowShare, episode, drift }: { readonly effect: number; readonly slowShare: number; readonly episode: number; readonly drift: number }, random: Random): { readonly base: number[]; readonly head: number[] } {
  const base: number[] = [];
  const head: number[] = [];
  let slow = random() < slowShare;
  let baseFirst = random() < 0.5;
  for (let at = 0; at < 2 * n; at++) {
    if (at > 0) slow = slow ? random() >= 1 / episode : random() < slowShare / (1 - slowShare) / episode;
    const value = 0.01 * normal(random) + (slow ? 0.15 + 0.3 * random() : 0) + (drift * at) / (2 * n - 1);
    const isBase = at % 2 === 0 ? (baseFirst = !baseFirst) : !baseFirst;
    if (isBase) base.push(value);
    else head.push(value + effect);
  }
  return { base, head };
}

const CALM = { slowShare: 0, episode: 1, drift: 0 };
const SHARED = { slowShare: 0.33, episode: 1, drift: 0 };

describe.each([
  ['calm', 6, CALM], ['a third of the launches slow', 6, SHARED], ['a third of the launches slow', 12, SHARED],
  ['slow for three launches at a time', 8, { slowShare: 0.33, episode: 3, drift: 0 }], ['slow for eight at a time', 12, { slowShare: 0.33, episode: 8, drift: 0 }],
  ['a drift of 25 %', 8, { slowShare: 0, episode: 1, drift: 0.25 }],
] as const)('%s, %d launches a side', (_name, n, setting) => {
  test('the interval holds the true change in 95 % of cases, and a change as large as the bar is called beyond it in at most 2.5 %', () => {
    const random = seededRandom(`fastest ${_name} ${n}`);
    let beyond = 0;
    const held = share(200, () => {
      const { base, head } = launches(n, { ...setting, effect: BAR }, random);
      const { low, high } = fastestThirdShift(base, head, 0.05);
      if (low !== null && low > BAR) beyond++;
      return low !== null && high !== null && low <= BAR && BAR <= high;
    });
    // 200 cases: three standard errors of a share at .95 and .025.
    expect(held).toBeGreaterThan(0.9);
    expect(beyond / 200).toBeLessThan(0.06);
  });
});

test('where a third of the launches are slow, 5 % is seen in seven of ten comparisons of twelve launches; pairs see it in one of ten', () => {
  const random = seededRandom('power');
  let byPairs = 0;
  const seen = share(150, () => {
    const { base, head } = launches(12, { ...SHARED, effect: Math.log(1.05) }, random);
    if ((pairedDifference(head.map((y, i) => y - (base[i] ?? 0)), 0.05).low ?? 0) > BAR) byPairs++;
    return (fastestThirdShift(base, head, 0.05).low ?? 0) > BAR;
  });
  expect(seen).toBeGreaterThan(0.6);
  expect(byPairs / 150).toBeLessThan(0.15);
});

test('estimate by hand, and the same when the sides change places', () => {
  const base = [1, 5, 2, 9, 9, 9];
  const head = [3, 8, 4, 9, 9, 9];
  const shift = fastestThirdShift(base, head, 0.05);
  expect(shift.estimate).toBeCloseTo(2, 12);
  const back = fastestThirdShift(head, base, 0.05);
  expect(back.estimate).toBeCloseTo(-2, 12);
  expect(shift.low).toBeLessThanOrEqual(2);
  expect(shift.high).toBeGreaterThanOrEqual(2);
});

test('p against the exact count: 3 and 3 apart leave one relabelling in twenty as far', () => {
  expect(fastestThirdMaterialP([0, 0.1, 0.2], [5, 5.1, 5.2], 0)).toBeGreaterThan(0.03);
  expect(fastestThirdMaterialP([0, 0.1, 0.2], [5, 5.1, 5.2], 0)).toBeLessThan(0.07);
  // So no interval at 95 % from three a side, and one from four.
  expect(fastestThirdShift([0, 0.1, 0.2], [5, 5.1, 5.2], 0.05)).toMatchObject({ low: null, high: null, p: null });
  expect(fastestThirdShift([0, 0.1, 0.2, 0.3], [5, 5.1, 5.2, 5.3], 0.05).low).not.toBeNull();
});

test('numbers that can not be compared are refused', () => {
  expect(() => fastestThirdShift([1], [1, 2], 0.05)).toThrow(SampleError);
  expect(() => fastestThirdShift([1, Number.NaN], [1, 2], 0.05)).toThrow(SampleError);
});

test('where something else slows launches, nights of twelve differ by a quarter of what their means do, and a change of 5 % moves them by 5 %', () => {
  const random = seededRandom('nights');
  const nights = (effect: number): number[][] => Array.from({ length: 300 }, () => launches(12, { slowShare: 0.33, episode: 2, drift: 0, effect }, random).head);
  const [before, after] = [nights(0), nights(Math.log(1.05))];
  const level = (night: readonly number[]): number => fastestThirdLevel(night, night.length)?.level ?? Number.NaN;
  const [byThird, byMean] = [level, mean].map((of) => sampleSd(before.map(of)));
  expect(byThird).toBeLessThan(0.25 * (byMean ?? 0));
  expect(mean(after.map(level)) - mean(before.map(level))).toBeCloseTo(Math.log(1.05), 2);
  expect(fastestThirdLevel([3, 1, 2], 3)).toEqual({ level: 1.5, taken: 2 });
  // Launches that told nothing rank last.
  expect(fastestThirdLevel([3, 1, 2], 9)).toEqual({ level: 2, taken: 3 });
  expect(fastestThirdLevel([3, 1], 9)).toBeNull();
});
