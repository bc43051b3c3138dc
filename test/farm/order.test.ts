import { expect, test } from 'vitest';
import { blockOrder } from '../../src/farm/order.ts';

const ITEMS = ['a', 'b', 'c', 'd', 'e'];
const at = (block: number, item: string, seed = 7): number => blockOrder(ITEMS, block, seed).indexOf(item);

test('every block holds every item once', () => {
  for (let block = 0; block < 20; block++) expect(blockOrder(ITEMS, block, 7).toSorted()).toEqual(ITEMS);
});

test('each pair of blocks is a mirror, so that any two items stand as ABBA or BAAB', () => {
  for (let block = 0; block < 20; block += 2) {
    expect(blockOrder(ITEMS, block + 1, 7)).toEqual(blockOrder(ITEMS, block, 7).toReversed());
    for (const a of ITEMS) expect(at(block, a) + at(block + 1, a)).toBe(ITEMS.length - 1);
  }
});

test('the same seed gives the same order, another one another', () => {
  const order = (seed: number): string => Array.from({ length: 8 }, (_, block) => blockOrder(ITEMS, block, seed).join('')).join(' ');
  expect(order(1)).toBe(order(1));
  expect(order(1)).not.toBe(order(2));
});

test('who comes first is drawn anew for each pair of blocks', () => {
  const first = Array.from({ length: 400 }, (_, pair) => (at(2 * pair, 'a') < at(2 * pair, 'b') ? 1 : 0)).reduce<number>((sum, x) => sum + x, 0);
  // 400 fair draws: 200 ± 10; the bounds are six deviations out.
  expect(first).toBeGreaterThan(140);
  expect(first).toBeLessThan(260);
});

test('a straight drift cancels over a pair of blocks', () => {
  const sum = (item: string): number => [0, 1].reduce((total, block) => total + block * ITEMS.length + at(block, item), 0);
  expect(new Set(ITEMS.map(sum)).size).toBe(1);
});
