import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { judgeChange } from '../../src/stats/change-verdict.ts';
import { pairedDifference } from '../../src/stats/paired-difference.ts';
import type { Shift } from '../../src/stats/shift.ts';
import { unpairedDifference } from '../../src/stats/two-sample.ts';
import { blockDifferences, iterationsOf, launchSides, share } from './simulation.ts';

test.each([
  [0.04, 0.06, 'lower', 'regressed'], [0.04, 0.06, 'higher', 'improved'], [-0.06, -0.04, 'lower', 'improved'], [-0.06, -0.04, 'higher', 'regressed'],
  [-0.02, 0.02, 'lower', 'equivalent'], [0.01, 0.05, 'lower', 'noisy'], [-0.05, 0.05, 'lower', 'noisy'], [0.01, 0.02, 'lower', 'equivalent'], [null, null, 'lower', 'noisy'],
] as const)('[%d, %d], %s is better: %s', (low, high, better, outcome) => {
  expect(judgeChange({ low, high }, 0.03, better)).toBe(outcome);
});

test('3 % slower and the speed-up that undoes it are judged alike', () => {
  const just = Math.log(1.0301);
  expect(judgeChange({ low: just, high: just }, 0.03, 'lower')).toBe('regressed');
  expect(judgeChange({ low: -just, high: -just }, 0.03, 'lower')).toBe('improved');
});

const differs = ({ low, high }: Shift): boolean => low !== null && high !== null && (low > 0 || high < 0);
const still = { change: 0, launchSd: 0.01, rampTotal: 0.08 };

// METHODS 3: an 8 % thermal ramp, the same build on both sides, nominal 5 %.
test('interleaved blocks: at most 5 % false alarms, none beyond 3 %, and a real 5 % is found', () => {
  const random = seededRandom('ramp blocks');
  for (const blocks of [3, 6, 12]) {
    expect(share(1000, () => differs(pairedDifference(blockDifferences(blocks, still, random), 0.05)))).toBeLessThanOrEqual(0.06);
    expect(share(500, () => ['regressed', 'improved'].includes(judgeChange(pairedDifference(blockDifferences(blocks, still, random), 0.05), 0.03, 'lower')))).toBeLessThanOrEqual(0.01);
  }
  const slower = { ...still, launchSd: 0.005, change: Math.log(1.05) };
  expect(share(500, () => judgeChange(pairedDifference(blockDifferences(6, slower, random), 0.05), 0.03, 'lower') === 'regressed')).toBeGreaterThan(0.8);
});

test('the naive procedures fail on the same ramp: one side after the other always, iterations as replicates often', () => {
  const random = seededRandom('ramp naive');
  expect(share(100, () => differs(unpairedDifference(...launchSides('all-a-then-b', 12, still, random), 0.05)))).toBeGreaterThan(0.98);
  expect(share(40, () => {
    const [a, b] = launchSides('shuffled-pairs', 12, still, random);
    return differs(unpairedDifference(iterationsOf(a, 30, random), iterationsOf(b, 30, random), 0.05));
  })).toBeGreaterThan(0.2);
});
