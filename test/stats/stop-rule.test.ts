import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { decideStop, lookCount, nextLook, relativeHalfWidth, tailSupported } from '../../src/stats/stop-rule.ts';
import { ar1, coverage } from './simulation.ts';

test('looks grow by half, and the plan counts them all', () => {
  expect([100, nextLook(100), nextLook(150), nextLook(225)]).toEqual([100, 150, 225, 338]);
  expect([lookCount(100, 99), lookCount(100, 150), lookCount(100, 337), lookCount(100, 338)]).toEqual([1, 2, 3, 4]);
  expect(() => lookCount(0, 10)).toThrow(/first look/);
});

test('a tail quantile needs ten effective samples beyond it', () => {
  expect([tailSupported(1000, 0.99), tailSupported(999, 0.99), tailSupported(100, 0.9), tailSupported(99, 0.9), tailSupported(20, 0.5)]).toEqual([true, false, true, false, true]);
});

test('stops when narrow, goes on when wide, and says when the tail is too thin', () => {
  const samples = ar1(800, 0, seededRandom('stop')).map((x) => Math.exp(0.02 * x));
  const goal = { p: 0.5, epsilon: 0.01, alpha: 0.05, looks: 4 };
  expect(decideStop(samples, goal).state).toBe('precise');
  expect(decideStop(samples, { ...goal, epsilon: 0.0001 }).state).toBe('wide');
  expect(decideStop(samples, { ...goal, p: 0.99 }).state).toBe('short');
  expect(decideStop(samples.slice(0, 3), goal)).toEqual({ state: 'short', interval: null, halfWidth: null });
  const one = decideStop(samples, { ...goal, looks: 1 });
  const many = decideStop(samples, { ...goal, looks: 12 });
  expect(relativeHalfWidth(one.interval ?? expect.fail())).toBeLessThan(relativeHalfWidth(many.interval ?? expect.fail()));
});

test.each([0, 0.5, 0.8])('stopping at the first narrow look keeps the coverage, AR(1) %d', (phi) => {
  const held = coverage((all) => {
    for (let n = 200; ; n = nextLook(n)) {
      const decision = decideStop(all.subarray(0, n), { p: 0.5, epsilon: 0.01, alpha: 0.05, looks: 7 });
      if (decision.state === 'precise' || nextLook(n) > all.length) return decision.interval;
    }
  }, { n: 2300, phi, p: 0.5, launches: 300, seed: `looks ${phi}` });
  expect(held).toBeGreaterThanOrEqual(0.95);
});
