import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { launchNoise } from '../../src/stats/launch-noise.ts';
import { movedTogether } from '../../src/stats/moved-together.ts';
import { shiftAround } from '../../src/stats/shift-around.ts';
import { ar1, share } from './simulation.ts';

/** Shifts of models at 2 % noise, five nights after night 40, when those `slow` got 5 % slower. */
function shifts(count: number, slow: (model: number) => boolean, seed: string): number[] {
  return Array.from({ length: count }, (_, model) => {
    const values = [...ar1(45, 0.3, seededRandom(`${seed}/${model}`))].map((e, t) => (t >= 40 && slow(model) ? 1.05 : 1) * (1 + 0.02 * e));
    return shiftAround(values, 40) ?? 0;
  });
}

test.each([2, 3, 5, 9])('one slow model among %i that did not move is hardly ever a device incident; a slow device nearly always is', (others) => {
  const lead = Math.log(1.05);
  let drawn = 0;
  expect(share(400, () => movedTogether(lead, shifts(others, () => false, `alone ${drawn++}`)))).toBeLessThan(0.03);
  expect(share(400, () => movedTogether(lead, shifts(others, () => true, `all ${drawn++}`)))).toBeGreaterThan(0.85);
});

test('with nobody to compare with, nothing is a device incident', () => {
  expect(movedTogether(0.1, [])).toBe(false);
  expect(movedTogether(0.1, [0.1])).toBe(false);
  expect(shiftAround([1, 1, 1, null, 2, 2], 4)).toBeNull();
  expect(shiftAround([1, 1, 1, null, 2, 2, 2], 4)).toBeCloseTo(Math.log(2), 12);
});

test('the noise that launches show is the standard error of a night', () => {
  // Six launches with a deviation of 3 % have an interval of exp(±2.571 · .03 / √6).
  const reach = Math.exp((2.5705818 * 0.03) / Math.sqrt(6));
  expect(launchNoise([null, { low: 10 / reach, high: 10 * reach, n: 6 }, { low: 5, high: 5, n: 1 }])).toBeCloseTo(0.03 / Math.sqrt(6), 6);
  expect(launchNoise([null])).toBe(0);
  expect(launchNoise([{ low: 7, high: 7, n: 3 }])).toBe(0);
});
