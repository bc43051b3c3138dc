import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { benjaminiHochberg } from '../../src/stats/multiplicity.ts';
import { share } from './simulation.ts';

test('adjusted p-values as R\'s p.adjust gives them, in the order given', () => {
  expect(benjaminiHochberg([0.01, 0.04, 0.03, 0.005, 0.5]).map((p) => +p.toFixed(10))).toEqual([0.025, 0.05, 0.05, 0.025, 0.5]);
  expect(benjaminiHochberg([])).toEqual([]);
});

test('twenty unchanged metrics: one by one most runs alarm, with Benjamini–Hochberg one in twenty', () => {
  const random = seededRandom('families');
  const family = (): number[] => Array.from({ length: 20 }, random);
  expect(share(1000, () => family().some((p) => p <= 0.05))).toBeGreaterThan(0.55);
  expect(share(2000, () => benjaminiHochberg(family()).some((p) => p <= 0.05))).toBeLessThan(0.065);
});
