import { expect, test } from 'vitest';
import { normalCdf, normalQuantile } from '../../src/stats/normal.ts';
import { SampleError } from '../../src/stats/sample.ts';

// Reference values: scipy 1.17 (Cephes ndtr, ndtri).
test.each([[1e-300, -37.0470962993612], [1e-10, -6.361340902404056], [0.001, -3.090232306167813], [0.025, -1.9599639845400545], [0.3, -0.5244005127080409], [0.9, 1.2815515655446004], [0.9999999, 5.199337582290661]])(
  'the quantile at %d is %d', (p, z) => { expect(Math.abs(normalQuantile(p) / z - 1)).toBeLessThan(1e-13); });

test.each([[-10, 7.61985302416047e-24], [-3, 0.0013498980316300933], [-2.5, 0.006209665325776132], [-0.5, 0.3085375387259869], [1, 0.8413447460685429], [2.9999, 0.998649658717045], [5, 0.9999997133484281]])(
  'the probability below %d is %d', (x, p) => { expect(Math.abs(normalCdf(x) / p - 1)).toBeLessThan(1e-12); });

test('centre and ends', () => {
  expect(normalQuantile(0.5)).toBe(0);
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(-60)).toBe(0);
  expect(() => normalQuantile(1)).toThrow(SampleError);
});
