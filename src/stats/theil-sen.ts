import { medianInPlace } from './order-statistic.ts';
import { SampleError, type Sample } from './sample.ts';

/** The median slope over all pairs, per step of the index (Theil 1950, Sen 1968); O(n²), so for a few hundred points. Bears 29 % outliers. @throws SampleError for n < 2. */
export function theilSenSlope(values: Sample): number {
  const n = values.length;
  if (n < 2) throw new SampleError(`a slope needs at least 2 values, not ${n}`);
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const from = values[i] ?? Number.NaN;
    for (let j = i + 1; j < n; j++) slopes[at++] = ((values[j] ?? Number.NaN) - from) / (j - i);
  }
  return medianInPlace(slopes);
}
