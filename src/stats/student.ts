import { gammaln } from 'simple-statistics';
import { incompleteBeta } from './incomplete-beta.ts';
import { normalQuantile } from './normal.ts';
import { SampleError } from './sample.ts';

/** P(T ≤ t) of Student's t with df > 0 degrees of freedom (not necessarily whole). */
export function studentCdf(t: number, df: number): number {
  const square = t * t;
  // The smaller of the two arguments keeps its digits, so the tail is right where t is large and the centre where it is small.
  const tail = square > df ? 0.5 * incompleteBeta(df / (df + square), df / 2, 0.5) : 0.5 - 0.5 * incompleteBeta(square / (df + square), 0.5, df / 2);
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T ≤ t) = p. Newton's method kept inside a bracket; about 1e-12 relative. @throws SampleError unless 0 < p < 1 and df > 0. */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1 && df > 0)) throw new SampleError(`Student's t has no quantile at p = ${p}, df = ${df}`);
  if (p > 0.5) return -studentQuantile(1 - p, df);
  if (p === 0.5) return 0;
  const logScale = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * Math.log(df * Math.PI);
  let high = 0;
  let low = normalQuantile(p) - 1;
  while (studentCdf(low, df) > p) low *= 2;
  let t = (low + high) / 2;
  for (let i = 0; i < 200; i++) {
    const excess = studentCdf(t, df) - p;
    if (excess > 0) high = t;
    else low = t;
    const density = Math.exp(logScale - ((df + 1) / 2) * Math.log1p((t * t) / df));
    const step = t - excess / density;
    const next = step > low && step < high ? step : (low + high) / 2;
    if (Math.abs(next - t) <= 1e-14 * Math.abs(t)) return next;
    t = next;
  }
  return t;
}
