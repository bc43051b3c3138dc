/**
 * What each item of a data set adds to a figure of the whole: a row of numbers an item. A figure is a function of the sums of the rows, so that a mean (one number
 * an item), an error rate (edits and length) and BLEU (counts of n-grams) are all resampled the same way.
 */
export interface ItemScores {
  readonly n: number;
  readonly width: number;
  /** n rows of `width` numbers. */
  readonly rows: Float64Array;
}

/** A figure of a set of items from the sums over their rows; NaN where it is not defined. */
export type Figure = (sums: Float64Array, n: number) => number;

/** Rows of equal length as scores. */
export function itemScores(rows: readonly (readonly number[])[]): ItemScores {
  const width = rows[0]?.length ?? 0;
  const flat = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) flat.set(row, i * width);
  return { n: rows.length, width, rows: flat };
}

/** Both scores side by side, item by item: what a difference is resampled from. */
export function pairedScores(a: ItemScores, b: ItemScores): ItemScores {
  const width = a.width + b.width;
  const rows = new Float64Array(a.n * width);
  for (let i = 0; i < a.n; i++) {
    rows.set(a.rows.subarray(i * a.width, (i + 1) * a.width), i * width);
    rows.set(b.rows.subarray(i * b.width, (i + 1) * b.width), i * width + a.width);
  }
  return { n: a.n, width, rows };
}

/** Sums over all rows. */
export function sumsOf({ n, width, rows }: ItemScores): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < n; i++) for (let k = 0; k < width; k++) sums[k] = (sums[k] ?? 0) + (rows[i * width + k] ?? 0);
  return sums;
}
