import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { benjaminiHochberg, falseCoverageAlpha, holm, holmAlphas } from '../../src/stats/multiplicity.ts';
import { share } from './simulation.ts';

const PS = [0.01, 0.04, 0.03, 0.005, 0.5];

test('adjusted p-values as R\'s p.adjust gives them, in the order given', () => {
  expect(holm(PS).map((p) => +p.toFixed(10))).toEqual([0.04, 0.09, 0.09, 0.025, 0.5]);
  expect(benjaminiHochberg(PS).map((p) => +p.toFixed(10))).toEqual([0.025, 0.05, 0.05, 0.025, 0.5]);
  expect([holm([]), benjaminiHochberg([]), holm([0.9, 0.8])]).toEqual([[], [], [1, 1]]);
});

test('Holm\'s levels reject exactly what its adjusted p-values reject', () => {
  const levels = holmAlphas(PS, 0.05);
  expect(levels.map((level) => +level.toFixed(10))).toEqual([0.0125, 0.0166666667, 0.0166666667, 0.01, 0.0166666667]);
  expect(PS.map((p, i) => p <= (levels[i] ?? 0))).toEqual(holm(PS).map((p) => p <= 0.05));
});

test('selected intervals are widened by the share selected', () => {
  expect(falseCoverageAlpha([0.001, 0.2, 0.6, 0.9], 0.05)).toBeCloseTo(0.0125, 12);
  expect(falseCoverageAlpha([0.3, 0.4], 0.05)).toBe(0.05);
});

test('twenty unchanged metrics: one by one most runs alarm, with Holm or Benjamini–Hochberg one in twenty', () => {
  const random = seededRandom('families');
  const family = (): number[] => Array.from({ length: 20 }, random);
  expect(share(1000, () => family().some((p) => p <= 0.05))).toBeGreaterThan(0.55);
  expect(share(2000, () => holm(family()).some((p) => p <= 0.05))).toBeLessThan(0.065);
  expect(share(2000, () => benjaminiHochberg(family()).some((p) => p <= 0.05))).toBeLessThan(0.065);
});
