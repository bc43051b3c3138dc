import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { paretoFront } from '../../src/stats/pareto.ts';

test('points that nothing beats, twins together, the worse of two at one x out', () => {
  expect(paretoFront([{ x: 1, y: 5 }, { x: 2, y: 2 }, { x: 3, y: 3 }, { x: 2, y: 2 }, { x: 2, y: 4 }, { x: 5, y: 1 }, { x: 6, y: 1 }])).toEqual([0, 1, 3, 5]);
  expect(paretoFront([])).toEqual([]);
  expect(paretoFront([{ x: Number.NaN, y: 0 }, { x: 1, y: 1 }])).toEqual([1]);
});

test('agrees with the definition on random points with ties', () => {
  const random = seededRandom('pareto');
  const points = Array.from({ length: 300 }, () => ({ x: Math.floor(random() * 20), y: Math.floor(random() * 20) }));
  const plain = points.flatMap((a, i) => (points.some((b) => b.x <= a.x && b.y <= a.y && (b.x < a.x || b.y < a.y)) ? [] : [i]));
  expect(paretoFront(points)).toEqual(plain);
});
