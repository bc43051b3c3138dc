import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { watchNight } from '../../src/stats/series-watch.ts';
import { ar1 } from './simulation.ts';

interface Alert {
  readonly night: number;
  readonly index: number;
  readonly ratio: number;
}

/** Every night sees only its past and the alerts so far. */
function alertsOf(values: readonly (number | null)[]): Alert[] {
  let known: readonly number[] = [];
  const alerts: Alert[] = [];
  for (let night = 0; night < values.length; night++) {
    const outcome = watchNight(values.slice(0, night + 1), known);
    if (outcome.state === 'not-judged') continue;
    known = outcome.known.map(({ index }) => index);
    if (outcome.nominated === null) continue;
    known = [...known, outcome.nominated.index];
    alerts.push({ night, index: outcome.nominated.index, ratio: outcome.nominated.ratio });
  }
  return alerts;
}

const nightly = (levelAt: (night: number) => number, nights: number, seed: string): number[] =>
  [...ar1(nights, 0.3, seededRandom(seed))].map((e, t) => levelAt(t) * (1 + 0.02 * e));

test('a level shift alerts within days, and once', () => {
  const alerts = Array.from({ length: 10 }, (_, i) => alertsOf(nightly((t) => (t < 100 ? 100 : 106), 250, `once ${i}`)));
  for (const one of alerts) {
    expect(one).toHaveLength(1);
    expect(Math.abs((one[0]?.index ?? 0) - 100)).toBeLessThanOrEqual(10);
    expect(one[0]?.night).toBeLessThan(130);
    expect(one[0]?.ratio).toBeCloseTo(1.06, 1);
  }
});

test('a second shift, and the way back, are alerts of their own', () => {
  const alerts = alertsOf(nightly((t) => (t < 80 ? 100 : t < 160 ? 107 : 100), 240, 'twice'));
  expect(alerts.map(({ ratio }) => ratio > 1)).toEqual([true, false]);
});

test('a change known wrongly does not swallow the real one', () => {
  const values = nightly((t) => (t < 150 ? 100 : 107), 190, 'wrong');
  const outcome = watchNight(values.slice(0, 170), [40]);
  expect(outcome).toMatchObject({ state: 'judged', nominated: { ratio: expect.closeTo(1.07, 1) } });
  expect(outcome.state === 'judged' && outcome.known.map(({ index }) => Math.abs(index - 40) <= 14)).toEqual([true]);
});

test('an odd night, or two, is no alert', () => {
  const values = nightly(() => 100, 120, 'odd').map((value, t) => (t === 60 || t === 61 || t === 90 ? value * 1.5 : value));
  expect(alertsOf(values)).toEqual([]);
});

test('noise alone seldom alerts in a year', () => {
  let alerts = 0;
  for (let i = 0; i < 60; i++) alerts += alertsOf(nightly(() => 100, 200, `quiet ${i}`)).length;
  expect(alerts).toBeLessThanOrEqual(3);
});

test('too little is said to be too little', () => {
  expect(watchNight([1, 2, null], [])).toEqual({ state: 'not-judged', reason: expect.stringContaining('it has 2 values') });
});
