import { fastestThirdMaterialP, fastestThirdShift } from './fastest-third.ts';
import { copyOf, type Sample } from './sample.ts';
import type { Shift } from './shift.ts';
import { signTestMaterialP, signTestShift } from './sign-test.ts';

/** What two looks at disturbed launches make of a shift. */
export interface DisturbedShift {
  /** What both looks leave possible; where that is nothing, all that lies between them. */
  readonly shift: Shift;
  /** By the median pair alone; null where there are too few pairs for the level. */
  readonly byPairs: Shift | null;
  /** Whether the looks rule each other out: the change depends on what disturbs. */
  readonly contradict: boolean;
}

function differences(base: Sample, head: Sample): Float64Array {
  const x = copyOf(base);
  return copyOf(head).map((y, i) => y - (x[i] ?? Number.NaN));
}

/**
 * Shift of head against base from pairs of launches (logs, higher is slower, in order of their blocks) on a machine that something else slows: by the fastest third of either side, which
 * was left alone, and by the median pair, whose two launches had the same disturbance where that lasts for longer than a pair. Each look has half of `alpha`, so that what both
 * leave possible holds the true shift at 1 − alpha or more (Bonferroni). Simulated (test/stats/disturbed-shift.test.ts; 5 % against a bar of 2.5 %, twenty pairs): launches that a third of
 * the time are 15 to 45 % slower one by one: seen in 99 % (fastest third alone 99 %, pairs alone 13 %); a machine in one of two states for twelve launches at a time, the other 2.2 times as slow: 94 % (50 and 98 %).
 * @throws SampleError with fewer than two launches a side, or a value that is not finite
 */
export function disturbedShift(base: Sample, head: Sample, alpha: number): DisturbedShift {
  const byPairs = signTestShift(differences(base, head), alpha / 2);
  if (byPairs === null) return { shift: fastestThirdShift(base, head, alpha), byPairs: null, contradict: false };
  const byFastest = fastestThirdShift(base, head, alpha / 2);
  const ends = (shift: Shift): readonly [number, number] => [shift.low ?? -Infinity, shift.high ?? Infinity];
  const [[a, b], [c, d]] = [ends(byPairs), ends(byFastest)];
  const [low, high] = [Math.max(a, c), Math.min(b, d)];
  const closer = b - a < d - c ? byPairs : byFastest;
  const contradict = low > high;
  const p = Math.min(1, 2 * Math.min(byPairs.p ?? 1, byFastest.p ?? 1));
  const method = 'fastest third of the launches and median pair, both at half the level';
  return {
    shift: { estimate: contradict ? (low + high) / 2 : Math.min(high, Math.max(low, closer.estimate)), low: Math.min(low, high), high: Math.max(low, high), p, n: byPairs.n, method },
    byPairs, contradict,
  };
}

/** p of "the change is no larger than the margin" by the same two looks. @throws SampleError as {@link disturbedShift} */
export function disturbedMaterialP(base: Sample, head: Sample, margin: number): number {
  return Math.min(1, 2 * Math.min(fastestThirdMaterialP(base, head, margin), signTestMaterialP(differences(base, head), margin)));
}
