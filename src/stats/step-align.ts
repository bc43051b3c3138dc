/** Where a stretch of load stands in a series. */
export interface StepFit {
  /** Start of the load on the series' own clock. */
  readonly start: number;
  /** The start is known to half of this (both sides of the best fit at which the squared residual has risen by four variances: two standard errors). */
  readonly width: number;
  /** Share of the variance that one step up and one down explain, 0 to 1. */
  readonly explained: number;
}

/** Fewer values than this on either side of the load show no step. */
const LEAST_OUTSIDE = 3;
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
  const fits: { start: number; between: number }[] = [];
  // The best start is where an edge passes a value: at each value's time, and one length before each.
  for (const start of [...times, ...times.map((time) => time - duration)]) {
    const from = lowerBound(times, start);
    const to = lowerBound(times, start + duration);
    const inside = to - from;
    if (from < LEAST_OUTSIDE || n - to < LEAST_OUTSIDE || inside < 1) continue;
    const insideSum = (sums[to] ?? 0) - (sums[from] ?? 0);
    const insideMean = insideSum / inside;
    const outsideMean = (total - insideSum) / (n - inside);
    if (insideMean > outsideMean) fits.push({ start, between: ((inside * (n - inside)) / n) * (insideMean - outsideMean) ** 2 });
  }
  const best = fits.reduce<(typeof fits)[number] | null>((a, b) => (a === null || b.between > a.between ? b : a), null);
  if (best === null || variation <= 0) return 'the series has no stretch that lies above the rest';
  const explained = best.between / variation;
  if (explained < LEAST_EXPLAINED) return `a step of the load explains only ${(100 * explained).toFixed(0)} % of the series: it can not be found in it`;
  const variance = (variation - best.between) / (n - 3);
  const near = fits.filter(({ between }) => between >= best.between - 4 * variance).map(({ start }) => start);
  const low = near.reduce((a, b) => Math.min(a, b), best.start);
  const high = near.reduce((a, b) => Math.max(a, b), best.start);
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
