import { binomialCdf } from './binomial.ts';
import { seededRandom } from '../domain/random.ts';
import { sumsOf, type Figure, type ItemScores } from './item-scores.ts';

/** The least p that so many swaps can give is 1/5,000, well under any level that it is held against. */
const SWAPS = 4999;

export interface PairedTest {
  /** Two-sided: the chance of a difference as large as this if the two were equally good. */
  readonly p: number;
  readonly method: string;
}

/** McNemar's exact test (1947; exact by the binomial distribution): only items that one has right and the other wrong count. Scores are 0 or 1, one number an item. */
export function mcnemarExact(a: ItemScores, b: ItemScores): PairedTest {
  let onlyA = 0;
  let onlyB = 0;
  for (let i = 0; i < a.n; i++) {
    const x = a.rows[i * a.width] ?? 0;
    const y = b.rows[i * b.width] ?? 0;
    if (x > y) onlyA++;
    if (y > x) onlyB++;
  }
  const p = onlyA + onlyB === 0 ? 1 : Math.min(1, 2 * binomialCdf(Math.min(onlyA, onlyB), onlyA + onlyB, 0.5));
  return { p, method: `McNemar exact, ${onlyA} and ${onlyB} items` };
}

/**
 * Approximate randomisation (Noreen 1989; for BLEU: Riezler & Maxwell 2005): if the two were equally good, each item's scores could as well have come the other way round.
 * Any figure of sums can be tested so, where a signed-rank test needs one number an item.
 */
export function randomisationTest(a: ItemScores, b: ItemScores, figure: Figure, seed: string): PairedTest {
  const { n, width } = a;
  const random = seededRandom(seed);
  const sumA = sumsOf(a);
  const sumB = sumsOf(b);
  const seen = Math.abs(figure(sumA, n) - figure(sumB, n));
  if (!Number.isFinite(seen)) return { p: 1, method: 'no test: a figure is not defined or infinite' };
  const swapped = new Float64Array(width);
  const other = new Float64Array(width);
  let asLarge = 0;
  for (let swap = 0; swap < SWAPS; swap++) {
    swapped.set(sumA);
    other.set(sumB);
    for (let i = 0; i < n; i++) {
      if (random() < 0.5) continue;
      for (let k = 0; k < width; k++) {
        const d = (b.rows[i * width + k] ?? 0) - (a.rows[i * width + k] ?? 0);
        swapped[k] = (swapped[k] ?? 0) + d;
        other[k] = (other[k] ?? 0) - d;
      }
    }
    // Rounding must not make an equal difference a smaller one.
    if (Math.abs(figure(swapped, n) - figure(other, n)) >= seen * (1 - 1e-12)) asLarge++;
  }
  return { p: (asLarge + 1) / (SWAPS + 1), method: `approximate randomisation, ${SWAPS} swaps` };
}
