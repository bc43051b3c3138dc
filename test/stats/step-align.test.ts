import { expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { alignStep } from '../../src/stats/step-align.ts';
import { timeUntilCool } from '../../src/stats/cooling.ts';

function series(seed: string, { stepMs = 100, startMs = 3040, durationMs = 5000, totalMs = 12_000, noiseW = 0.2, originMs = 1.7e12 }) {
  const random = seededRandom(seed);
  const times: number[] = [];
  const watts: number[] = [];
  for (let at = 0; at < totalMs; at += stepMs) {
    times.push(originMs + at);
    watts.push((at >= startMs && at < startMs + durationMs ? 4 : 2) + noiseW * normal(random));
  }
  return { times, watts, start: originMs + startMs, durationMs };
}

test('a load is found on a clock of any origin, to about one reading', () => {
  const errors = Array.from({ length: 200 }, (_, i) => {
    const { times, watts, start, durationMs } = series(`align ${i}`, { startMs: 2000 + 13 * i });
    const fit = alignStep(times, watts, durationMs);
    if (typeof fit === 'string') throw new Error(fit);
    return Math.abs(fit.start - start);
  }).sort((a, b) => a - b);
  expect(errors[190]).toBeLessThanOrEqual(100);
});

test.each([0, 0.05, 0.2, 0.5, 0.8])('the start lies in the stated width, at a noise of %f of the step\'s half', (noiseW) => {
  const inside = Array.from({ length: 300 }, (_, i) => {
    const { times, watts, start, durationMs } = series(`width ${i}`, { startMs: 2000 + 13.7 * i, durationMs: 3000 + i, noiseW });
    const fit = alignStep(times, watts, durationMs);
    return typeof fit === 'string' ? null : Math.abs(fit.start - start) <= fit.width / 2;
  }).filter((each) => each !== null);
  expect(inside.length).toBeGreaterThan(100);
  expect(inside.filter(Boolean).length / inside.length).toBeGreaterThanOrEqual(noiseW === 0 ? 1 : 0.95);
});

test('a meter that sees nothing of the load, or was started too late, gives no place', () => {
  const { times, watts } = series('noise', { durationMs: 0 });
  expect(alignStep(times, watts, 5000)).toMatch(/explains only|lies above/);
  const late = series('late', { startMs: 0, durationMs: 12_000 });
  expect(typeof alignStep(late.times, late.watts, 12_000)).toBe('string');
  expect(alignStep([], [], 5000)).toMatch(/do not hold a load/);
});

test('the time until a body is cool enough, by Newton\'s law', () => {
  // 25 °C around, 60 s to fall to 1/e: 48 °C is reached after 60 · ln(40/23) = 33.2 s.
  const course = (count: number, noiseC: number) => {
    const random = seededRandom('cooling');
    const times = Array.from({ length: count }, (_, i) => 1.25 * i);
    return { times, celsius: times.map((t) => Math.round(10 * (25 + 40 * Math.exp(-t / 60) + noiseC * normal(random))) / 10) };
  };
  const { times, celsius } = course(16, 0);
  expect((timeUntilCool(times, celsius, 48) ?? 0) + (times.at(-1) ?? 0)).toBeCloseTo(33.2, -0.5);
  const noisy = course(16, 0.1);
  expect(Math.abs((timeUntilCool(noisy.times, noisy.celsius, 48) ?? 0) + 18.75 - 33.2)).toBeLessThan(8);
  expect(timeUntilCool(times, celsius, 10)).toBeNull();
  expect(timeUntilCool(times, celsius.toReversed(), 48)).toBeNull();
  expect(timeUntilCool(times.slice(0, 4), celsius.slice(0, 4), 48)).toBeNull();
  expect(timeUntilCool(times, celsius.map(() => 60), 48)).toBeNull();
  expect(timeUntilCool(times, celsius, 70)).toBe(0);
});
