import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PRESETS } from '../../src/domain/preset.ts';
import { Budget } from '../../src/farm/budget.ts';
import { WorkClock } from '../../src/farm/work-clock.ts';

beforeEach(() => { vi.useFakeTimers({ toFake: ['performance'] }); });
afterEach(() => { vi.useRealTimers(); });

const policy = { ...PRESETS.quick, budgetSeconds: 100, maxSeconds: 10 };

test('time is shared among the launches that are left', () => {
  const budget = new Budget(policy, new WorkClock(), 0);
  const ten = budget.launchSeconds(10);
  expect(ten).toBeGreaterThan(8);
  expect(ten).toBeLessThan(10);
  expect(budget.launchSeconds(2)).toBe(10);
  expect(budget.launchSeconds(40)).toBeLessThan(ten);
});

test('no launch is allowed that would not end inside the budget', () => {
  const budget = new Budget(policy, new WorkClock(), 0);
  expect(budget.allows()).toBe(true);
  vi.advanceTimersByTime(99_500);
  expect(budget.allows()).toBe(false);
});

test('launches that cost more than thought leave less to measure', () => {
  const budget = new Budget(policy, new WorkClock(), 0);
  const before = budget.launchSeconds(20);
  for (let i = 0; i < 10; i++) budget.tookLaunch(3);
  expect(budget.launchSeconds(20)).toBeLessThan(before - 1.5);
});

test('checks that are still to come keep their time; those left out give it back', () => {
  const budget = new Budget(policy, new WorkClock(), 20);
  const before = budget.launchSeconds(20);
  budget.dropVerifications(20);
  expect(budget.launchSeconds(20)).toBeGreaterThan(before);
});

test('what is admitted ends whole where checks and launches cost what was reckoned with or less, and a case more would not', () => {
  for (const costShare of [0.3, 0.6, 1]) {
    const clock = new WorkClock();
    const budget = new Budget({ ...policy, budgetSeconds: 12 }, clock, 16);
    let admitted = 0;
    while (budget.admits(3 * (admitted + 1))) {
      admitted++;
      vi.advanceTimersByTime(2000 * costShare);
      budget.tookVerification(2 * costShare);
    }
    budget.dropVerifications(16 - admitted);
    expect(admitted).toBeGreaterThan(0);
    for (let left = 3 * admitted; left > 0; left--) {
      expect(budget.allows(), `${left} of ${3 * admitted} left`).toBe(true);
      vi.advanceTimersByTime(1000 * (0.7 * costShare + budget.launchSeconds(left)));
      budget.tookLaunch(0.7 * costShare);
    }
    expect(clock.seconds).toBeLessThanOrEqual(12);
    expect(budget.admits(3)).toBe(false);
  }
});

test('without a budget every launch may take the policy\'s longest time', () => {
  const budget = new Budget({ ...policy, budgetSeconds: null }, new WorkClock(), 5);
  vi.advanceTimersByTime(1e9);
  expect(budget.allows()).toBe(true);
  expect(budget.launchSeconds(1000)).toBe(10);
});

test('a wait for others takes nothing from the budget, however it ends', async () => {
  const clock = new WorkClock();
  const budget = new Budget(policy, clock, 0);
  const before = budget.launchSeconds(20);
  const lock = Promise.withResolvers<string>();
  const waiting = clock.whileWaiting(lock.promise);
  vi.advanceTimersByTime(500_000);
  lock.resolve('a lease');
  expect(await waiting).toBe('a lease');
  expect(budget.launchSeconds(20)).toBe(before);
  const failing = clock.whileWaiting(Promise.reject(new Error('no reference')));
  vi.advanceTimersByTime(500_000);
  await expect(failing).rejects.toThrow('no reference');
  expect(budget.launchSeconds(20)).toBe(before);
  vi.advanceTimersByTime(99_500);
  expect(budget.allows()).toBe(false);
});
