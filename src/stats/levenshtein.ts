/** Least number of insertions, deletions and substitutions that turn one sequence into the other (Levenshtein 1966; Wagner and Fischer's table, 1974, two rows of it). O(n·m) time. */
export function editDistance<T>(from: ArrayLike<T>, to: ArrayLike<T>): number {
  let row = Uint32Array.from({ length: to.length + 1 }, (_, index) => index);
  let next = new Uint32Array(to.length + 1);
  for (let i = 1; i <= from.length; i++) {
    next[0] = i;
    for (let j = 1; j <= to.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next[j] = Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    [row, next] = [next, row];
  }
  return row[to.length] ?? 0;
}

/** Length of the longest common subsequence. O(n·m) time. */
export function commonSubsequence<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  let row = new Uint32Array(b.length + 1);
  let next = new Uint32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) next[j] = a[i - 1] === b[j - 1] ? (row[j - 1] ?? 0) + 1 : Math.max(row[j] ?? 0, next[j - 1] ?? 0);
    [row, next] = [next, row];
  }
  return row[b.length] ?? 0;
}
