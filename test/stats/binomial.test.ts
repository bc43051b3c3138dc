import { expect, test } from 'vitest';
import { binomialCdf } from '../../src/stats/binomial.ts';

// Reference values: scipy 1.17.
test.each([[3, 10, 0.5, 0.171875], [0, 44, 0.1, 0.00969773729787523], [100, 1246, 0.1, 0.009798200173407785], [20, 1000, 0.01, 0.9985035184522908], [125, 125826, 0.001, 0.49432192354041593], [-1, 4, 0.5, 0], [4, 4, 0.5, 1]])(
  'at most %d of %d at %d has probability %d', (k, n, p, expected) => { expect(Math.abs(binomialCdf(k, n, p) - expected)).toBeLessThan(1e-9 * expected + 1e-300); });
