import { expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { highestHeldRate } from '../../src/stats/queue.ts';

const MS = 1e6;
const goal = (boundNs: number): Parameters<typeof highestHeldRate>[1] => ({ boundNs, percentile: 0.99, maxUtilisation: 0.98 });

test('exponential service: the rate is the one that theory gives (M/M/1, sojourn exponential with rate mu - lambda)', () => {
  const random = seededRandom('service');
  const services = Float64Array.from({ length: 40_001 }, () => -Math.log1p(-random()) * MS);
  // P(T > t) = exp(-(mu - lambda) t) = .01 at t = 10 ms, mu = 1000/s.
  const expected = 1000 - Math.log(100) / 0.01;
  expect(highestHeldRate(services, goal(10 * MS), seededRandom('arrivals')) / expected).toBeCloseTo(1, 1);
});

test('a looser bound allows more, never beyond the utilisation looked at', () => {
  const random = seededRandom('s');
  const services = Float64Array.from({ length: 1000 }, () => MS * (1 + 0.1 * Math.abs(normal(random))));
  const rates = [1.5, 2, 4, 8, 1000].map((bound) => highestHeldRate(services, goal(bound * MS), seededRandom('a')));
  expect(rates).toEqual([...rates].sort((a, b) => a - b));
  expect(rates.at(-1)).toBeLessThanOrEqual(980);
});

test('a bound below the service time is never held', () => {
  expect(highestHeldRate(new Float64Array(10).fill(MS), goal(0.5 * MS), seededRandom('a'))).toBe(0);
});

test('no service times are refused', () => {
  expect(() => highestHeldRate([], goal(MS), seededRandom('a'))).toThrow('no service times');
});
