import { gammaln } from 'simple-statistics';
import { SampleError } from './sample.ts';

/** Terms that suffice for a, b up to about 1e8: the fraction converges in O(√max(a, b)) terms. */
const MAX_TERMS = 20_000;

/** Lentz's evaluation of the continued fraction DLMF 8.17.22. */
function fraction(x: number, a: number, b: number): number {
  const away = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) return result;
  }
  return result;
}

/** Regularised incomplete beta function I_x(a, b), 0 ≤ x ≤ 1, a > 0, b > 0. @throws SampleError outside that. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1 && a > 0 && b > 0)) throw new SampleError(`the incomplete beta function has no value at x = ${x}, a = ${a}, b = ${b}`);
  if (x === 0 || x === 1) return x;
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}
