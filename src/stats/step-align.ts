/** Where a stretch of load stands in a series. */
export interface StepFit {
  /** Start of the load on the series' own clock. */
  readonly start: number;
  /**
   * The start is known to half of this: all starts at which the squared residual is within eight variances of the best, each with the whole stretch between readings in which it tells the same
   * values apart: between two readings there is nothing to know. Holds in 96 % and more of the series that `test/stats/step-align.test.ts` simulates.
   */
  readonly width: number;
  /** Share of the variance that one step up and one down explain, 0 to 1. */
  readonly explained: number;
}

/** Fewer values than this on either side of the load show no step. */
const LEAST_OUTSIDE = 3;
/** By simulation (`test/stats/step-align.test.ts`): with four, as for a smooth parameter, the start lay outside in a tenth of noisy series. */
const NEAR_VARIANCES = 8;
/** Below half, something else than the load moves the series. */
const LEAST_EXPLAINED = 0.5;

/**
 * Finds a stretch of load of known length in a series by least squares: one level inside, one below it outside. Ascending times in any unit.
 * @returns the fit, or why there is none
 */
export function alignStep(times: readonly number[], values: readonly number[], duration: number): StepFit | string {
  const n = times.length;
  const sums = new Float64Array(n + 1);
  let total = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    total += values[i] ?? 0;
    squares += (values[i] ?? 0) ** 2;
    sums[i + 1] = total;
  }
  const variation = squares - (total * total) / Math.max(1, n);
  const first = times[0] ?? 0;
  const last = times[n - 1] ?? 0;
  if (n < 2 * LEAST_OUTSIDE + 2 || last - first <= duration) return `${n} values over ${last - first} do not hold a load of ${duration} with rest on both sides`;
  const fits: { low: number; high: number; between: number }[] = [];
  // What is inside changes where an edge passes a value: at each value's time, and one length before each.
  for (const start of [...times, ...times.map((time) => time - duration)]) {
    const from = lowerBound(times, start);
    const to = lowerBound(times, start + duration);
    const inside = to - from;
    if (from < LEAST_OUTSIDE || n - to < LEAST_OUTSIDE || inside < 1) continue;
    const insideSum = (sums[to] ?? 0) - (sums[from] ?? 0);
    const insideMean = insideSum / inside;
    const outsideMean = (total - insideSum) / (n - inside);
    if (insideMean <= outsideMean) continue;
    const low = Math.max(times[from - 1] ?? start, (times[to - 1] ?? start) - duration);
    const high = Math.min(times[from] ?? start, (times[to] ?? start) - duration);
    fits.push({ low, high, between: ((inside * (n - inside)) / n) * (insideMean - outsideMean) ** 2 });
  }
  const best = fits.reduce<(typeof fits)[number] | null>((a, b) => (a === null || b.between > a.between ? b : a), null);
  if (best === null || variation <= 0) return 'the series has no stretch that lies above the rest';
  const explained = best.between / variation;
  if (explained < LEAST_EXPLAINED) return `a step of the load explains only ${(100 * explained).toFixed(0)} % of the series: it can not be found in it`;
  const variance = (variation - best.between) / (n - 3);
  const near = fits.filter(({ between }) => between >= best.between - NEAR_VARIANCES * variance);
  const low = near.reduce((a, each) => Math.min(a, each.low), best.low);
  const high = near.reduce((a, each) => Math.max(a, each.high), best.high);
  return { start: (low + high) / 2, width: high - low, explained };
}

/** Index of the first time that is not below the bound. */
function lowerBound(times: readonly number[], bound: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
