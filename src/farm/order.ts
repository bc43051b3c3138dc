import { seededRandom, shuffled } from '../domain/random.ts';

/**
 * The order of launches: block by block, each item once a block, randomised; every second block is the mirror image of the one before it. Any two
 * items thus stand as ABBA or BAAB in each pair of blocks, at random, so that a drift hits both alike (METHODS 3). Pure; the seed is recorded with the run.
 */
export function blockOrder<T>(items: readonly T[], block: number, seed: number): T[] {
  const order = shuffled(items, seededRandom(`${seed}/order/${Math.floor(block / 2)}`));
  return block % 2 === 0 ? order : order.toReversed();
}
