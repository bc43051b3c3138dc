import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { VerdictStatus } from '../../src/domain/verdict.ts';
import { byNeed } from '../../src/history/need.ts';
import { openStore } from '../../src/store/open-store.ts';
import { examplePlan } from '../store/example.ts';
import { newFolder } from '../store/folder.ts';
import { addNight, rowWith } from '../store/nights.ts';

/** Nights that have time for the first few of ten cases. `status`: what becomes of one by its place in the night's order. Gives the keys of each night in that order. */
function nightsOf(count: number, room: number, status: (key: string, place: number) => VerdictStatus): readonly (readonly string[])[] {
  const store = openStore(join(newFolder(), 'store.db'), { mode: 'write' });
  onTestFinished(() => { store.close(); });
  const plan = examplePlan(10);
  return Array.from({ length: count }, (_, night) => {
    const order = byNeed(plan, store).map(({ key }) => key);
    addNight(store, night, plan, (planned) => {
      const place = order.indexOf(planned.key);
      return { ...rowWith(planned, 5), verdict: { status: place < room ? status(planned.key, place) : 'skipped', reasons: [] } };
    });
    return order.slice(0, room);
  });
}

const PLAN = examplePlan(10).map(({ key }) => key);

test('a case that is invalid or fails every night takes its turn and no more', () => {
  for (const bad of ['invalid', 'failed'] as const) {
    const nights = nightsOf(10, 3, (key) => (PLAN.slice(0, 3).includes(key) ? bad : 'ok'));
    // Thirty turns for ten cases.
    for (const key of PLAN) expect(Math.abs(nights.filter((night) => night.includes(key)).length - 3), key).toBeLessThanOrEqual(1);
  }
});

test('a case that the budget cuts short every time it is last comes before those that were whole that night', () => {
  const nights = nightsOf(4, 5, (_, place) => (place === 4 ? 'invalid' : 'ok'));
  const whole = nights.map((night) => night.slice(0, 4));
  expect(whole[2]?.[0]).toBe(PLAN[4]);
  for (const key of PLAN) expect(whole.filter((night) => night.includes(key)), key).not.toEqual([]);
});

test('one that was never tried comes first', () => {
  const nights = nightsOf(2, 9, () => 'ok');
  expect(nights[1]?.[0]).toBe(PLAN[9]);
});
