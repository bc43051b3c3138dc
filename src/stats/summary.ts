import { medianInPlace } from './order-statistic.ts';
import { copyOf, SampleError, type Sample } from './sample.ts';

/** Makes the median absolute deviation of a normal sample estimate its standard deviation: 1/Φ⁻¹(3/4). */
export const MAD_TO_SD = 1.482602218505602;

/** Arithmetic mean; two passes, so that a large common offset costs no digits. @throws SampleError when empty. */
export function mean(values: Sample): number {
  const n = values.length;
  if (n === 0) throw new SampleError('the mean of no values was asked for');
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i] ?? Number.NaN;
  const rough = sum / n;
  let residue = 0;
  for (let i = 0; i < n; i++) residue += (values[i] ?? Number.NaN) - rough;
  return rough + residue / n;
}

/** Standard deviation with divisor n − 1; the corrected two-pass algorithm (Chan, Golub & LeVeque 1983, eq. 1.7). @throws SampleError for n < 2. */
export function sampleSd(values: Sample): number {
  const n = values.length;
  if (n < 2) throw new SampleError(`a standard deviation needs at least 2 values, not ${n}`);
  const centre = mean(values);
  let squares = 0;
  let residue = 0;
  for (let i = 0; i < n; i++) {
    const d = (values[i] ?? Number.NaN) - centre;
    squares += d * d;
    residue += d;
  }
  return Math.sqrt(Math.max(0, squares - (residue * residue) / n) / (n - 1));
}

/** Lag-1 autocorrelation, Σ(x_t − x̄)(x_{t+1} − x̄) / Σ(x_t − x̄)² (NIST StRD's definition); 0 for a constant series. @throws SampleError for n < 2. */
export function lag1Autocorrelation(values: Sample): number {
  const n = values.length;
  if (n < 2) throw new SampleError(`an autocorrelation needs at least 2 values, not ${n}`);
  const centre = mean(values);
  let products = 0;
  let squares = 0;
  let previous = 0;
  for (let i = 0; i < n; i++) {
    const d = (values[i] ?? Number.NaN) - centre;
    products += d * previous;
    squares += d * d;
    previous = d;
  }
  return squares === 0 ? 0 : products / squares;
}

/** Median; the mean of the two middle values for an even count. @throws SampleError when empty or not finite. */
export function median(values: Sample): number {
  if (values.length === 0) throw new SampleError('the median of no values was asked for');
  return medianInPlace(copyOf(values));
}

/** Median absolute deviation from the median, unscaled (see MAD_TO_SD). @throws SampleError when empty or not finite. */
export function mad(values: Sample): number {
  const work = copyOf(values);
  const centre = median(work);
  return medianInPlace(work.map((value) => Math.abs(value - centre)));
}
