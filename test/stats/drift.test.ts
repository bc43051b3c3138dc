import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { judgeDrift, LEARNING_VALUES } from '../../src/stats/drift.ts';
import { ar1, share } from './simulation.ts';

const series = (n: number, noise: number, seed: string): number[] => [...ar1(n, 0.3, seededRandom(seed))].map((e) => 2 * (1 + noise * e));

test.each([[12, 0.02], [31, 0.02], [31, 0.05]])('after %i nights at %f noise a steady device is hardly ever set aside, one that is 30 %% slower nearly always', (nights, noise) => {
  let drawn = 0;
  expect(share(2000, () => {
    const values = series(nights, noise, `steady ${drawn++}`);
    return judgeDrift(values.slice(0, -1), values.at(-1) ?? 0).state === 'drifted';
  })).toBeLessThan(0.006);
  expect(share(500, () => {
    const values = series(nights, noise, `slow ${drawn++}`);
    return judgeDrift(values.slice(0, -1), 1.3 * (values.at(-1) ?? 0)).state === 'drifted';
  })).toBeGreaterThan(0.85);
});

test('a spike in the past does not widen the bound; a small drift is none', () => {
  const past = series(25, 0.01, 'spike');
  past[12] = 5;
  expect(judgeDrift(past, 2.3)).toMatchObject({ state: 'drifted' });
  expect(judgeDrift(past, 2.08)).toMatchObject({ state: 'steady' });
});

test('a new level that stays is the device\'s own from the third night on', () => {
  const past = series(25, 0.01, 'stays');
  const values = Array.from({ length: 16 }, (_, night) => 2.6 + 0.01 * (night % 3));
  const states = values.map((value) => {
    const { state } = judgeDrift(past, value);
    past.push(value);
    return state;
  });
  expect(states.slice(0, 3)).toEqual(['drifted', 'drifted', 'settled']);
  expect(states.slice(3)).not.toContain('drifted');
  expect(judgeDrift(past, 2.9)).toMatchObject({ state: 'drifted' });
});

test('until there are enough nights, a device is being learned', () => {
  expect(judgeDrift(series(LEARNING_VALUES - 1, 0.01, 'few'), 99)).toEqual({ state: 'learning' });
});
