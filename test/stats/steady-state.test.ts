import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { steadyState, type SteadyState } from '../../src/stats/steady-state.ts';
import { launchLatenciesNs, type Course } from './simulation.ts';

const LAUNCHES = 60;

/** Judges 60 simulated launches: noise 2 %, one spike in fifty. The whole grid is in test/bench/stats.ts. */
function judged(course: Course, n: number, phi: number, targetHalfWidth: number): { readonly steady: number; readonly cut: (q: number) => number; readonly states: readonly SteadyState[] } {
  const random = seededRandom(`${course} ${n} ${phi}`);
  const states = Array.from({ length: LAUNCHES }, () => steadyState(launchLatenciesNs(course, n, phi, random), { targetHalfWidth }));
  const cuts = states.map(({ start }) => start / n).sort((a, b) => a - b);
  return { steady: states.filter(({ steady }) => steady).length / LAUNCHES, cut: (q) => cuts[Math.floor(q * (LAUNCHES - 1))] ?? Number.NaN, states };
}

test.each([[200, 0, 0.05], [200, 0.8, 0.05], [2000, 0.5, 0.02], [2000, 0.8, 0.02]])('a stationary launch of %d with AR(1) %d is kept nearly whole', (n, phi, target) => {
  const { steady, cut } = judged('flat', n, phi, target);
  expect(steady).toBeGreaterThanOrEqual(0.95);
  expect(cut(0.95)).toBeLessThanOrEqual(0.05);
});

test.each(['warm-up 50 %, short', 'warm-up 20 %', 'warm-up 35 %, long'] as const)('%s is cut, and what follows is steady', (course) => {
  const { steady, cut } = judged(course, 2000, 0.5, 0.02);
  expect(steady).toBeGreaterThanOrEqual(0.85);
  expect(cut(0.05)).toBeGreaterThan(0.05);
  expect(cut(0.95)).toBeLessThan(0.45);
});

test.each([[200, 0.05, 0.15], [2000, 0.05, 0.05], [2000, 0.02, 0.02]])('a ramp by a tenth over %d samples at ± %d is not steady', (n, target, most) => {
  expect(judged('ramp 10 %', n, 0.5, target).steady).toBeLessThanOrEqual(most);
});

test('a step in the last tenth is a late change; an early one is warm-up', () => {
  const late = judged('step 10 % at 0.92', 2000, 0.5, 0.02);
  expect(late.steady).toBe(0);
  expect(new Set(late.states.map(({ unsteady }) => unsteady))).toEqual(new Set(['late-change']));
  const early = judged('step 10 % at 0.4', 2000, 0.5, 0.02);
  expect(early.steady).toBeGreaterThan(0.9);
  expect(early.cut(0.5)).toBeCloseTo(0.4, 1);
});

test('an immaterial step and a short pause cost no samples', () => {
  for (const course of ['step 1 % at 0.5', 'pause 20 %, 4 % long'] as const) {
    const { steady, cut } = judged(course, 2000, 0.5, 0.02);
    expect(steady).toBeGreaterThan(0.9);
    expect(cut(0.9)).toBeLessThan(0.05);
  }
});

test('few inferences of a slow model: warm-up of the first ones is cut, flat ones are kept, fewer than five say nothing', () => {
  const random = seededRandom('few');
  const slow = Float64Array.from({ length: 12 }, (_, i) => 3e8 * (1 + 0.005 * random()) * (i < 3 ? 1.4 : 1));
  expect(steadyState(slow, { targetHalfWidth: 0.02 })).toMatchObject({ start: 3, steady: true, unsteady: null, changePoints: [3] });
  expect(judged('flat', 20, 0, 0.05).steady).toBeGreaterThan(0.9);
  expect(steadyState([1, 1, 1, 1], { targetHalfWidth: 0.02 })).toEqual({ start: 0, steady: false, unsteady: 'too-few', drift: null, changePoints: [] });
  expect(steadyState([], { targetHalfWidth: 0.02 }).unsteady).toBe('too-few');
});

test('a clock too coarse to show any spread is steady; a latency of zero is an error', () => {
  expect(steadyState(new Float64Array(1000).fill(1e6), { targetHalfWidth: 0.02 })).toEqual({ start: 0, steady: true, unsteady: null, drift: 0, changePoints: [] });
  expect(() => steadyState([1, 2, 0, 3, 4], { targetHalfWidth: 0.02 })).toThrow(SampleError);
});
