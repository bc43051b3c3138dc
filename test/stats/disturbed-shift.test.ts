import { describe, expect, test } from 'vitest';
import { normal, seededRandom, type Random } from '../../src/domain/random.ts';
import { disturbedMaterialP, disturbedShift } from '../../src/stats/disturbed-shift.ts';
import { fastestThirdShift } from '../../src/stats/fastest-third.ts';
import { SampleError } from '../../src/stats/sample.ts';
import { signTestShift } from '../../src/stats/sign-test.ts';
import { share } from './simulation.ts';

/** Half of the 5 % that is looked for, as an A/B takes it. */
const BAR = Math.log(1.025);

interface Machine { readonly noise: number; readonly slowShare: number; readonly episode: number; readonly slower: number; readonly span: number }

/** Log launch medians of either side in the order a, b, b, a …, on a machine that is slower for `episode` launches at a time. */
function launches(n: number, effect: number, machine: Machine, random: Random): { readonly base: number[]; readonly head: number[] } {
  const [base, head]: [number[], number[]] = [[], []];
  let slow = random() < machine.slowShare;
  let baseFirst = random() < 0.5;
  for (let at = 0; at < 2 * n; at++) {
    if (at > 0) slow = slow ? random() >= 1 / machine.episode : random() < machine.slowShare / (1 - machine.slowShare) / machine.episode;
    const value = machine.noise * normal(random) + (slow ? machine.slower + machine.span * random() : 0);
    const isBase = at % 2 === 0 ? (baseFirst = !baseFirst) : !baseFirst;
    if (isBase) base.push(value);
    else head.push(value + effect);
  }
  return { base, head };
}

const CALM: Machine = { noise: 0.03, slowShare: 0, episode: 1, slower: 0, span: 0 };
const ONE_BY_ONE: Machine = { noise: 0.01, slowShare: 0.33, episode: 1, slower: 0.15, span: 0.3 };
const TWO_STATES: Machine = { noise: 0.012, slowShare: 0.5, episode: 12, slower: 0.78, span: 0.03 };
const MOSTLY_SLOW: Machine = { ...TWO_STATES, slowShare: 0.75 };

describe.each([['calm', CALM], ['a third of the launches slower, one by one', ONE_BY_ONE], ['in two states', TWO_STATES], ['mostly in the slower of two states', MOSTLY_SLOW]] as const)('a machine %s', (name, machine) => {
  test.each([8, 12])('%d pairs: the interval holds the true change in 95 % of cases, and a change as large as the bar is called beyond it in at most 2.5 %', (n) => {
    const random = seededRandom(`disturbed ${name} ${n}`);
    let beyond = 0;
    const held = share(120, () => {
      const { base, head } = launches(n, BAR, machine, random);
      const { shift: { low, high }, contradict } = disturbedShift(base, head, 0.05);
      if (low !== null && low > BAR && !contradict) beyond++;
      return low !== null && high !== null && low <= BAR && BAR <= high;
    });
    expect(held).toBeGreaterThan(0.9);
    expect(beyond / 120).toBeLessThan(0.07);
  });
});

test.each([
  // [disturbed how, machine, seen by both looks, by the fastest third alone, by the median pair alone]
  ['one by one', ONE_BY_ONE, [0.93, 1], [0.93, 1], [0, 0.3]],
  ['in two states', TWO_STATES, [0.85, 1], [0.3, 0.7], [0.9, 1]],
  ['mostly slow', MOSTLY_SLOW, [0.65, 0.95], [0, 0.3], [0.75, 1]],
] as const)('what is seen of 5 %% in twenty pairs, disturbed: %s', (name, machine, both, fastest, pairs) => {
  const random = seededRandom(`seen ${name}`);
  const seen = [0, 0, 0];
  const rounds = 80;
  for (let round = 0; round < rounds; round++) {
    const { base, head } = launches(20, Math.log(1.05), machine, random);
    const shifts = [disturbedShift(base, head, 0.05).shift, fastestThirdShift(base, head, 0.05), signTestShift(head.map((y, i) => y - (base[i] ?? 0)), 0.05)];
    for (const [i, shift] of shifts.entries()) if ((shift?.low ?? 0) > BAR) seen[i] = (seen[i] ?? 0) + 1;
  }
  for (const [i, [low, high]] of [both, fastest, pairs].entries()) {
    expect((seen[i] ?? 0) / rounds).toBeGreaterThanOrEqual(low);
    expect((seen[i] ?? 0) / rounds).toBeLessThanOrEqual(high);
  }
});

test('by hand: ten pairs 0.1 apart; the sides change places; looks that rule each other out', () => {
  const base = [1, 1.01, 1.02, 1.03, 1.04, 2, 2.01, 2.02, 2.03, 2.04];
  const head = base.map((x) => x + 0.1);
  const { shift, byPairs, contradict } = disturbedShift(base, head, 0.05);
  expect(contradict).toBe(false);
  expect(byPairs?.estimate).toBeCloseTo(0.1, 12);
  expect(shift.estimate).toBeCloseTo(0.1, 12);
  expect(shift.p ?? 1).toBeLessThan(0.01);
  expect(disturbedShift(head, base, 0.05).shift.estimate).toBeCloseTo(-0.1, 12);
  // Ten pairs all beyond the margin: twice one in 2^10.
  expect(disturbedMaterialP(base, head, 0.05)).toBeCloseTo(2 / 1024, 6);
  expect(disturbedMaterialP(base, head, 0.2)).toBe(1);
  // In 400 pairs: twice as fast while the machine is left alone, a tenth slower whenever it is not.
  const both = (left: number, slowed: number): number[] => Array.from({ length: 400 }, (_, i) => (i < 160 ? left : slowed) + i / 1e5);
  const odd = disturbedShift(both(1, 5), both(0.5, 5.1), 0.05);
  expect(odd.contradict).toBe(true);
  expect(odd.shift.low ?? 0).toBeLessThan(0);
  expect(odd.shift.high ?? 0).toBeGreaterThan(0.09);
});

test('fewer pairs than the level asks for leave the fastest third alone; numbers that can not be compared are refused', () => {
  expect(disturbedShift([1, 2, 3, 4, 5, 6], [1.1, 2.1, 3.1, 4.1, 5.1, 6.1], 0.05)).toMatchObject({ byPairs: null, contradict: false, shift: { method: expect.stringContaining('fastest third') } });
  expect(() => disturbedShift([1], [1], 0.05)).toThrow(SampleError);
  expect(() => disturbedShift([1, 2, 3, 4, 5, 6, 7, Number.NaN], [1, 2, 3, 4, 5, 6, 7, 8], 0.05)).toThrow(SampleError);
});
