/** The k-th smallest (0-based) of `work`, which is reordered. Quickselect (Hoare 1961) with the median of three as pivot: O(n) on average. */
export function selectInPlace(work: Float64Array, k: number): number {
  const at = (i: number): number => work[i] ?? Number.NaN;
  let left = 0;
  let right = work.length - 1;
  while (left < right) {
    const a = at(left);
    const b = at((left + right) >>> 1);
    const c = at(right);
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let i = left;
    let j = right;
    while (i <= j) {
      while (at(i) < pivot) i++;
      while (at(j) > pivot) j--;
      if (i <= j) {
        const swap = at(i);
        work[i++] = at(j);
        work[j--] = swap;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return at(k);
}

/** Median of `work`, which is reordered; the mean of the two middle values for an even count; NaN when empty. */
export function medianInPlace(work: Float64Array): number {
  const middle = work.length >>> 1;
  const upper = selectInPlace(work, middle);
  if (work.length % 2 === 1 || work.length === 0) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < middle; i++) lower = Math.max(lower, work[i] ?? lower);
  return (lower + upper) / 2;
}
