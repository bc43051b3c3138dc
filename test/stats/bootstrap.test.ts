import { expect, test } from 'vitest';
import { normal, seededRandom, type Random } from '../../src/domain/random.ts';
import { bootstrapInterval } from '../../src/stats/bootstrap.ts';
import { itemScores, pairedScores, type Figure } from '../../src/stats/item-scores.ts';
import { commonSubsequence, editDistance } from '../../src/stats/levenshtein.ts';
import { mcnemarExact, randomisationTest } from '../../src/stats/paired-items.ts';

const mean: Figure = (sums, n) => (sums[0] ?? 0) / n;
const ratio: Figure = ([edits = 0, characters = 0]) => edits / characters;

function coverage(trials: number, truth: number, figure: Figure, draw: (random: Random) => number[][]): number {
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { low, high } = bootstrapInterval(itemScores(draw(seededRandom(`coverage/${trial}`))), figure, { alpha: 0.05, seed: String(trial) });
    if (low !== null && high !== null && low <= truth && truth <= high) covered++;
  }
  return covered / trials;
}

// Nominal 95 %; with 80 trials the share itself is known to ±5 points.
test('BCa intervals hold the truth as often as they say: shares, and error rates of skewed items', () => {
  const share = (n: number, p: number) => (random: Random): number[][] => Array.from({ length: n }, () => [random() < p ? 1 : 0]);
  expect(coverage(80, 0.84, mean, share(200, 0.84))).toBeGreaterThan(0.87);
  expect(coverage(80, 0.97, mean, share(200, 0.97))).toBeGreaterThan(0.87);
  const line = (random: Random): number[] => [random() < 0.15 ? 1 + Math.floor(random() * 3) : 0, 3 + Math.floor(random() * 10)];
  expect(coverage(80, (0.15 * 2) / 7.5, ratio, (random) => Array.from({ length: 150 }, () => line(random)))).toBeGreaterThan(0.86);
});

test('the same seed gives the same interval; items all alike give none', () => {
  const scores = itemScores(Array.from({ length: 50 }, (_, i) => [i % 3 === 0 ? 1 : 0]));
  expect(bootstrapInterval(scores, mean, { alpha: 0.05, seed: 'a' })).toEqual(bootstrapInterval(scores, mean, { alpha: 0.05, seed: 'a' }));
  expect(bootstrapInterval(itemScores([[1], [1], [1]]), mean, { alpha: 0.05, seed: 'a' })).toEqual({ value: 1, low: null, high: null });
});

test('a paired difference has a narrower interval than its sides have alone', () => {
  const random = seededRandom('paired');
  const a = Array.from({ length: 200 }, () => [normal(random)]);
  const b = a.map(([value = 0]) => [value + 0.05 * normal(random)]);
  const alone = bootstrapInterval(itemScores(a), mean, { alpha: 0.05, seed: 'x' });
  const paired = bootstrapInterval(pairedScores(itemScores(a), itemScores(b)), (sums, n) => ((sums[0] ?? 0) - (sums[1] ?? 0)) / n, { alpha: 0.05, seed: 'x' });
  expect((paired.high ?? 9) - (paired.low ?? 0)).toBeLessThan(((alone.high ?? 0) - (alone.low ?? 0)) / 5);
});

test('McNemar\'s exact test counts discordant items only', () => {
  const scores = (ones: readonly number[], n: number) => itemScores(Array.from({ length: n }, (_, i) => [ones.includes(i) ? 1 : 0]));
  // 6 against 0: 2/2⁶. 8 against 1: 2·(1 + 9)/2⁹.
  expect(mcnemarExact(scores([0, 1, 2, 3, 4, 5], 40), scores([], 40)).p).toBeCloseTo(2 / 64, 12);
  expect(mcnemarExact(scores([0, 1, 2, 3, 4, 5, 6, 7, 9], 40), scores([8, 9], 40)).p).toBeCloseTo(20 / 512, 12);
  expect(mcnemarExact(scores([1], 5), scores([1], 5)).p).toBe(1);
});

test('approximate randomisation keeps its level and sees what is there', () => {
  const rejections = (shift: number): number => {
    let rejected = 0;
    for (let trial = 0; trial < 40; trial++) {
      const random = seededRandom(`swap/${shift}/${trial}`);
      const a = Array.from({ length: 60 }, () => [Math.floor(random() * 3), 5 + Math.floor(random() * 8)]);
      const b = a.map(([edits = 0, length = 0]) => [random() < 0.5 ? edits : Math.max(0, edits + (random() < 0.5 + shift ? 1 : -1)), length]);
      if (randomisationTest(itemScores(a), itemScores(b), ratio, String(trial)).p <= 0.05) rejected++;
    }
    return rejected / 40;
  };
  expect(rejections(0.5)).toBe(1);
  expect(rejections(-0.18)).toBeLessThan(0.25);
});

test('edit distance and longest common subsequence, by hand', () => {
  expect([editDistance('kitten', 'sitting'), editDistance('', 'abc'), editDistance('abc', ''), editDistance('flaw', 'lawn')]).toEqual([3, 3, 3, 2]);
  expect([commonSubsequence([1, 2, 3, 4, 5], [2, 5, 3, 4]), commonSubsequence([1], [2])]).toEqual([3, 0]);
});
