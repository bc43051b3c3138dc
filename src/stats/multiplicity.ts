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
