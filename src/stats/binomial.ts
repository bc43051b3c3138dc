import { incompleteBeta } from './incomplete-beta.ts';

/** P(X ≤ k) for X ~ Binomial(n, p), through the incomplete beta function (DLMF 8.17.5), so n may be large. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1);
}
