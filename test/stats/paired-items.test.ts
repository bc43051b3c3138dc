import { expect, test } from 'vitest';
import { itemScores } from '../../src/stats/item-scores.ts';
import { randomisationTest } from '../../src/stats/paired-items.ts';

test('figures without a finite difference are not called different', () => {
  const [a, b] = [itemScores([[1], [2]]), itemScores([[900], [901]])];
  expect(randomisationTest(a, b, ([sum = 0]) => Math.exp(sum), 's').p).toBe(1);
  expect(randomisationTest(a, b, () => Number.NaN, 's').p).toBe(1);
});
