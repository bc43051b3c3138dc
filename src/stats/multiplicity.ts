/** Indices of the p-values from small to large. */
function ascending(ps: readonly number[]): readonly number[] {
  return ps.map((_, i) => i).sort((a, b) => (ps[a] ?? 1) - (ps[b] ?? 1));
}

/** Holm's adjusted p-values (1979), in the order given: those ≤ α are rejected with at most α chance of any false one. */
export function holm(ps: readonly number[]): readonly number[] {
  const adjusted = ps.map(() => 1);
  let running = 0;
  for (const [rank, i] of ascending(ps).entries()) {
    running = Math.max(running, Math.min(1, (ps.length - rank) * (ps[i] ?? 1)));
    adjusted[i] = running;
  }
  return adjusted;
}

/** Benjamini and Hochberg's adjusted p-values (1995), in the order given: rejecting those ≤ q keeps the expected share of false ones at q. */
export function benjaminiHochberg(ps: readonly number[]): readonly number[] {
  const adjusted = ps.map(() => 1);
  let running = 1;
  for (const [rank, i] of [...ascending(ps).entries()].reverse()) {
    running = Math.min(running, ((ps[i] ?? 1) * ps.length) / (rank + 1));
    adjusted[i] = running;
  }
  return adjusted;
}

/**
 * The level at which Holm's procedure tests each hypothesis, in the order given: the smallest p at α/m, the next at α/(m − 1), … and all from the
 * first that is not rejected at that one's. An interval at 1 − this level leaves out "no change" exactly when Holm rejects it.
 */
export function holmAlphas(ps: readonly number[], alpha: number): readonly number[] {
  const levels = ps.map(() => alpha);
  let level = alpha / ps.length;
  let rejecting = true;
  for (const [rank, i] of ascending(ps).entries()) {
    if (rejecting) level = alpha / (ps.length - rank);
    levels[i] = level;
    if ((ps[i] ?? 1) > level) rejecting = false;
  }
  return levels;
}

/**
 * The level for intervals of the hypotheses that Benjamini–Hochberg selects at q, so that the expected share of selected intervals that miss is at most q:
 * R·q/m for R of m selected (Benjamini & Yekutieli 2005). q where none is selected, since then no interval is singled out.
 */
export function falseCoverageAlpha(ps: readonly number[], q: number): number {
  const selected = benjaminiHochberg(ps).filter((p) => p <= q).length;
  return selected === 0 ? q : (selected * q) / ps.length;
}
