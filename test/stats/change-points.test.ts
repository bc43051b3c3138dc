import { expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { changePoints } from '../../src/stats/change-points.ts';
import { noiseOf } from '../../src/stats/noise.ts';
import { theilSenSlope } from '../../src/stats/theil-sen.ts';
import { ar1, share } from './simulation.ts';

/** The same minimum without pruning, by trying every last change. */
function exhaustive(values: Float64Array, sd: number): number[] {
  const n = values.length;
  const cost = (from: number, to: number): number => {
    const part = values.slice(from, to);
    const m = part.reduce((a, b) => a + b, 0) / part.length;
    return part.reduce((a, b) => a + ((b - m) / sd) ** 2, 0);
  };
  const best: { readonly total: number; readonly changes: number[] }[] = [{ total: -3 * Math.log(n), changes: [] }];
  for (let end = 1; end <= n; end++) {
    let winner: { total: number; changes: number[] } = { total: Number.POSITIVE_INFINITY, changes: [] };
    for (let from = 0; from <= end - 2; from++) {
      const before = best[from];
      if (before === undefined) continue;
      const total = before.total + cost(from, end) + 3 * Math.log(n);
      if (total < winner.total) winner = { total, changes: from === 0 ? [] : [...before.changes, from] };
    }
    best.push(winner);
  }
  return best[n]?.changes ?? [];
}

test('finds the exact optimum that an exhaustive search finds', () => {
  const random = seededRandom('pelt');
  for (let round = 0; round < 60; round++) {
    const n = 4 + Math.floor(random() * 50);
    const levels = [0, 3 * random(), 5 * random()];
    const values = Float64Array.from({ length: n }, (_, i) => (levels[Math.floor((3 * i) / n)] ?? 0) + normal(random));
    expect(changePoints(values, 0.8)).toEqual(exhaustive(values, 0.8));
  }
});

test('a step of three standard deviations is found within two places, no step is seldom found', () => {
  const random = seededRandom('pelt scores');
  expect(share(100, () => {
    const found = changePoints(Float64Array.from({ length: 200 }, (_, i) => (i < 120 ? 0 : 3) + normal(random)), 1);
    return found.length === 1 && Math.abs((found[0] ?? 0) - 120) <= 2;
  })).toBeGreaterThan(0.9);
  expect(share(200, () => changePoints(ar1(200, 0, random), 1).length > 0)).toBeLessThan(0.05);
});

test('autocorrelated noise is not taken for change points, and steps not for noise', () => {
  const random = seededRandom('noise');
  expect(share(100, () => {
    const series = ar1(400, 0.8, random);
    return changePoints(series, noiseOf(series).longRunSd).length > 0;
  })).toBeLessThan(0.15);
  const stepped = ar1(400, 0.5, random).map((x, i) => x + (i > 200 ? 20 : 0));
  const { sd, phi } = noiseOf(stepped);
  expect(sd).toBeGreaterThan(0.75);
  expect(sd).toBeLessThan(1.3);
  expect(Math.abs(phi - 0.5)).toBeLessThan(0.25);
});

test('short and constant series have no change points and no noise', () => {
  expect(changePoints([1, 2, 3], 1)).toEqual([]);
  expect(changePoints(new Float64Array(50).fill(2), 0)).toEqual([]);
  expect(noiseOf(new Float64Array(50).fill(2))).toEqual({ sd: 0, phi: 0, longRunSd: 0 });
});

test('Theil–Sen slope: the median over pairs, unmoved by an outlier', () => {
  expect(theilSenSlope([1, 3, 2, 5, 4, 9])).toBeCloseTo(4 / 3, 12); // scipy.stats.theilslopes
  expect(theilSenSlope([0, 1, 2, 3, 1000, 5, 6, 7, 8])).toBe(1);
  expect(() => theilSenSlope([1])).toThrow(/at least 2/);
});
