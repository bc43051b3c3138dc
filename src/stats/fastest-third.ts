import { seededRandom, shuffled } from '../domain/random.ts';
import { copyOf, SampleError, type Sample } from './sample.ts';
import type { Shift } from './shift.ts';
import { mean } from './summary.ts';

/** Relabellings drawn; with the one that was seen, p comes in steps of 1/2000. */
const RELABELLINGS = 1999;
/** Halvings of the span of the values in the search for an end of the interval: 1/8000 of it, where the spread between launches is tens of percent and a bar a few. */
const HALVINGS = 13;

/**
 * How many launches of a side the comparison rests on: a third, two at least. Simulated (test/stats/fastest-third.test.ts; 1 % noise, a third of the
 * launches 15 to 45 % slower, 12 a side): a change of 5 % against a bar of 3 % is seen in about 78 % of cases; by the faster half in 53 %, by pairs in 7 %.
 */
function depth(n: number): number {
  return Math.max(2, Math.round(n / 3));
}

/**
 * The location of the fastest of `launches` launches: mean of the lowest third's values (give logs; negated where higher is faster). Launches without a value rank last; null where the
 * third would need one of them. @throws SampleError on a value that is not finite
 */
export function fastestThirdLevel(values: Sample, launches: number): { readonly level: number; readonly taken: number } | null {
  const taken = depth(launches);
  return values.length < taken ? null : { level: mean(copyOf(values).sort().subarray(0, taken)), taken };
}

/** Which of 2n values are given to the head side in each relabelling, one row a relabelling; the same for every comparison of n launches. */
const DRAWN = new Map<number, readonly Uint8Array[]>();

function relabellings(m: number, n: number): readonly Uint8Array[] {
  const key = m * 1e6 + n;
  const known = DRAWN.get(key);
  if (known !== undefined) return known;
  const random = seededRandom(`relabellings of ${m} and ${n}`);
  const start = Array.from({ length: m + n }, (_, i) => (i < m ? 0 : 1));
  const rows = Array.from({ length: RELABELLINGS }, () => Uint8Array.from(shuffled(start, random)));
  DRAWN.set(key, rows);
  return rows;
}

/** Mean of the `kHead` lowest values of the head less that of the `kBase` lowest of the base; `order` lists positions by ascending value. */
function difference(values: Float64Array, order: Uint32Array, isHead: Uint8Array, kBase: number, kHead: number): number {
  let base = 0;
  let head = 0;
  let nBase = 0;
  let nHead = 0;
  for (let i = 0; i < order.length && (nBase < kBase || nHead < kHead); i++) {
    const at = order[i] ?? 0;
    if (isHead[at] === 1) {
      if (nHead < kHead) { head += values[at] ?? 0; nHead++; }
    } else if (nBase < kBase) { base += values[at] ?? 0; nBase++; }
  }
  return head / kHead - base / kBase;
}

/** The comparison of two sides by their fastest launches: the estimate, and how surprising a given shift would be. */
class FastestThird {
  readonly #base: Float64Array;
  readonly #head: Float64Array;
  readonly estimate: number;

  constructor(base: Float64Array, head: Float64Array) {
    this.#base = base;
    this.#head = head;
    this.estimate = this.#at(0).seen;
  }

  /** The pooled values with the head's moved back by `shift`, and their difference as labelled. */
  #at(shift: number): { readonly values: Float64Array; readonly order: Uint32Array; readonly seen: number } {
    const [m, n] = [this.#base.length, this.#head.length];
    const values = new Float64Array(m + n);
    values.set(this.#base);
    this.#head.forEach((value, i) => { values[m + i] = value - shift; });
    const order = Uint32Array.from(values.keys()).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
    const seen = difference(values, order, Uint8Array.from(values.keys(), (i) => (i < m ? 0 : 1)), depth(m), depth(n));
    return { values, order, seen };
  }

  /** One-sided p of "head is higher than base by no more than `shift`" (side 1) or "lower by no more than −shift" (side −1). */
  p(shift: number, side: 1 | -1): number {
    const { values, order, seen } = this.#at(shift);
    const [m, n] = [this.#base.length, this.#head.length];
    let asFar = 1;
    for (const isHead of relabellings(m, n)) {
      if (side * (difference(values, order, isHead, depth(m), depth(n)) - seen) >= -1e-12) asFar++;
    }
    return asFar / (RELABELLINGS + 1);
  }

  /** The shift nearest the estimate that is refused at this level on this side; null where even the farthest is not. */
  bound(level: number, side: 1 | -1): number | null {
    const all = [...this.#base, ...this.#head];
    const reach = 2 * (all.reduce((high, x) => Math.max(high, x), -Infinity) - all.reduce((low, x) => Math.min(low, x), Infinity)) + 1e-9;
    let refused = this.estimate - side * reach;
    if (this.p(refused, side) > level) return null;
    let kept = this.estimate;
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (refused + kept) / 2;
      if (this.p(middle, side) <= level) refused = middle;
      else kept = middle;
    }
    return refused;
  }
}

function sides(base: Sample, head: Sample): FastestThird {
  if (base.length < 2 || head.length < 2) throw new SampleError('fewer than two launches on a side have no fastest third');
  return new FastestThird(copyOf(base), copyOf(head));
}

/**
 * Shift of head against base by the fastest third of either side's launches (mean of the lowest values; give logs for a log ratio, negated where higher is
 * faster), with the interval of the permutation test (Fisher's, inverted; Ernst 2004, "Permutation methods"): exact as long as launches could have
 * changed places between the sides, however they are spread. For devices where something else slows whole launches: that disturbs one way only, so the fastest
 * launches are those that were left alone. It can't see a change that only slow launches show, and a drift in time makes it blind, not wrong.
 * @throws SampleError with fewer than two launches a side, or a value that is not finite
 */
export function fastestThirdShift(base: Sample, head: Sample, alpha: number): Shift {
  const compared = sides(base, head);
  const n = Math.min(base.length, head.length);
  const [low, high] = [compared.bound(alpha / 2, 1), compared.bound(alpha / 2, -1)];
  const p = low === null || high === null ? null : Math.min(1, 2 * Math.min(compared.p(0, 1), compared.p(0, -1)));
  return { estimate: compared.estimate, low: p === null ? null : low, high: p === null ? null : high, p, n, method: 'fastest third of the launches, permutation interval' };
}

/** p of "the change is no larger than the margin" by the same test, on the side of the estimate. @throws SampleError as {@link fastestThirdShift} */
export function fastestThirdMaterialP(base: Sample, head: Sample, margin: number): number {
  const compared = sides(base, head);
  return compared.estimate >= 0 ? compared.p(margin, 1) : compared.p(-margin, -1);
}
