/** The page's monotonic clock, ns. */
export function nowNs(): number {
  return performance.now() * 1e6;
}

/** Steps that are looked at; a browser may place them unevenly on purpose. */
const STEPS = 200;
/** Enough for 200 steps of a millisecond; of the coarser ones of a browser that hides from recognition (100 ms), a few tell as much. */
const LONGEST_NS = 500e6;

/** The least step seen between two readings that differ, ns. */
export function measureResolutionNs(): number {
  let least = Infinity;
  const endAtNs = nowNs() + LONGEST_NS;
  for (let i = 0; i < STEPS && (i === 0 || nowNs() < endAtNs); i++) {
    const from = nowNs();
    let to = nowNs();
    while (to === from) to = nowNs();
    least = Math.min(least, to - from);
  }
  return Math.max(1, Math.round(least));
}
