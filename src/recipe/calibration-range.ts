/** From the values that a tensor takes on calibration inputs to the range that its 8 bits should span. Pure. */

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** As in NVIDIA's calibrator (Migacz, GTC 2017) and the tools that followed it. */
const BINS = 2048;

/** Counts of a tensor's values between its least and largest. */
export class Histogram {
  readonly range: Range;
  readonly counts = new Float64Array(BINS);

  constructor(range: Range) {
    this.range = range;
  }

  add(values: Float64Array): void {
    const { min, max } = this.range;
    const perUnit = max > min ? BINS / (max - min) : 0;
    for (const value of values) {
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor((value - min) * perUnit)));
      this.counts[bin] = (this.counts[bin] ?? 0) + 1;
    }
  }

  /** The value below which a share of all values lies, to a bin. */
  quantile(share: number): number {
    const { min, max } = this.range;
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    for (const [bin, count] of this.counts.entries()) {
      seen += count;
      if (seen >= share * total) return min + (bin + (share < 0.5 ? 0 : 1)) * (max - min) / BINS;
    }
    return max;
  }
}

/** Leaves out the rarest values at both ends: `percent` of them stay. */
export function percentileRange(histogram: Histogram, percent: number): Range {
  const tail = (1 - percent / 100) / 2;
  return { min: Math.max(histogram.range.min, histogram.quantile(tail)), max: Math.min(histogram.range.max, histogram.quantile(1 - tail)) };
}

/** KL(P‖Q) of two lists of counts; where P has something, Q has too. */
function divergence(p: Float64Array, q: Float64Array): number {
  const sumP = p.reduce((sum, count) => sum + count, 0);
  const sumQ = q.reduce((sum, count) => sum + count, 0);
  if (sumP === 0 || sumQ === 0) return Number.POSITIVE_INFINITY;
  let result = 0;
  for (const [i, count] of p.entries()) {
    if (count === 0) continue;
    const other = q[i] ?? 0;
    if (other === 0) return Number.POSITIVE_INFINITY;
    result += (count / sumP) * Math.log((count / sumP) / (other / sumQ));
  }
  return result;
}

/** The counts of the first `kept` bins told in `levels` steps, each step's count spread over its bins that hold something. */
function coarse(counts: Float64Array, kept: number, levels: number): Float64Array {
  const result = new Float64Array(kept);
  for (let level = 0; level < levels; level++) {
    const from = Math.floor(level * kept / levels);
    const to = Math.floor((level + 1) * kept / levels);
    let sum = 0;
    let filled = 0;
    for (let i = from; i < to; i++) {
      sum += counts[i] ?? 0;
      if ((counts[i] ?? 0) > 0) filled++;
    }
    for (let i = from; i < to; i++) if ((counts[i] ?? 0) > 0) result[i] = sum / filled;
  }
  return result;
}

/**
 * The range whose 8-bit image loses least information: over thresholds T on |x|, the least KL divergence between the values clipped to T and the same told in 2^(b−1) steps
 * (2^b when no value is negative), as Migacz describes.
 */
export function entropyRange(histogram: Histogram, bits: number): Range {
  const { min, max } = histogram.range;
  const largest = Math.max(Math.abs(min), Math.abs(max));
  if (largest === 0) return { min, max };
  const counts = new Float64Array(BINS);
  for (const [bin, count] of histogram.counts.entries()) {
    const middle = Math.abs(min + (bin + 0.5) * (max - min) / BINS);
    const at = Math.min(BINS - 1, Math.floor(middle / largest * BINS));
    counts[at] = (counts[at] ?? 0) + count;
  }
  // Zero is exact whatever the range, so how often it comes says nothing of it: as in NVIDIA's calibrators, the first bin counts like the second.
  counts[0] = counts[1] ?? 0;
  const levels = min >= 0 ? 2 ** bits : 2 ** (bits - 1);
  let best = { kept: BINS, loss: Number.POSITIVE_INFINITY };
  // Every eighth threshold: neighbours differ by less than the noise of a calibration set.
  for (let kept = levels; kept <= BINS; kept += 8) {
    const clipped = counts.slice(0, kept);
    let beyond = 0;
    for (let i = kept; i < BINS; i++) beyond += counts[i] ?? 0;
    clipped[kept - 1] = (clipped[kept - 1] ?? 0) + beyond;
    const told = coarse(counts.subarray(0, kept), kept, levels);
    if (beyond > 0 && (told[kept - 1] ?? 0) === 0) told[kept - 1] = Number.MIN_VALUE * 2 ** 40;
    const loss = divergence(clipped, told);
    if (loss < best.loss) best = { kept, loss };
  }
  const threshold = best.kept / BINS * largest;
  return { min: Math.max(min, -threshold), max: Math.min(max, threshold) };
}
