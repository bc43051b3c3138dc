import type { Sample } from './sample.ts';

function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many t have both bit t and bit t + lag set. Bits packed 32 a word, zeros behind the end: a lag of 20,000 samples costs 625 word steps. */
function pairsSet(bits: Uint32Array, words: number, lag: number): number {
  const skip = lag >>> 5;
  const shift = lag & 31;
  let count = 0;
  for (let w = 0; w + skip < words; w++) {
    const low = (bits[w + skip] ?? 0) >>> shift;
    const high = shift === 0 ? 0 : (bits[w + skip + 1] ?? 0) << (32 - shift);
    count += bitCount((bits[w] ?? 0) & (low | high));
  }
  return count;
}

/**
 * How many independent samples the indicator series I_t = 1{x_t ≤ threshold} is worth: n / τ, τ = 1 + 2 Σ ρ_k(I) over Geyer's
 * initial positive sequence (Geyer 1992, Statistical Science 7:473, §3.3: sums of adjacent pairs while positive), lags below n/2.
 * Between 1 and n: negative autocorrelation is not taken as a gain, since a short launch shows it by chance.
 * The samples are in time order.
 */
export function effectiveSize(samples: Sample, threshold: number): number {
  const n = samples.length;
  const words = (n + 31) >>> 5;
  const bits = new Uint32Array(words + 1);
  const below = new Uint32Array(n + 1);
  for (let t = 0; t < n; t++) {
    const set = (samples[t] ?? Number.NaN) <= threshold ? 1 : 0;
    if (set === 1) bits[t >>> 5] = (bits[t >>> 5] ?? 0) | (1 << (t & 31));
    below[t + 1] = (below[t] ?? 0) + set;
  }
  const total = below[n] ?? 0;
  const share = n === 0 ? 0 : total / n;
  const covariance = (lag: number): number => {
    const ends = (below[n - lag] ?? 0) + total - (below[lag] ?? 0);
    return pairsSet(bits, words, lag) - share * ends + (n - lag) * share * share;
  };
  const variance = total - n * share * share;
  if (variance <= 0) return n;
  let sum = 0;
  for (let lag = 0; lag + 1 < Math.max(2, n / 2); lag += 2) {
    const pair = (lag === 0 ? variance : covariance(lag)) + covariance(lag + 1);
    if (pair <= 0) break;
    sum += pair;
  }
  const tau = (2 * sum) / variance - 1;
  return Math.max(1, n / Math.max(1, tau));
}
