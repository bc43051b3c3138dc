import { binomialCdf } from '../../src/stats/binomial.ts';

/** A share of trials with its interval. */
export interface Proportion { readonly hits: number; readonly trials: number; readonly share: number; readonly low: number; readonly high: number }

/** The p in [0, 1] where a falling function of p crosses the level. */
function crossing(level: number, fall: (p: number) => number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (fall(middle) > level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Exact interval of a binomial share at 95 % (Clopper & Pearson 1934). */
export function proportion(hits: number, trials: number): Proportion {
  const tail = 0.025;
  return {
    hits, trials, share: trials === 0 ? NaN : hits / trials,
    low: hits === 0 ? 0 : crossing(1 - tail, (p) => binomialCdf(hits - 1, trials, p)),
    high: hits === trials ? 1 : crossing(tail, (p) => binomialCdf(hits, trials, p)),
  };
}

/** `2 of 40 = 5.0 % (0.6 to 16.9 %)` */
export function showProportion({ hits, trials, share, low, high }: Proportion): string {
  const percent = (value: number): string => (100 * value).toFixed(1);
  return trials === 0 ? 'none yet' : `${hits} of ${trials} = ${percent(share)} % (${percent(low)} to ${percent(high)} %)`;
}
