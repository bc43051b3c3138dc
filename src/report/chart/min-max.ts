/** One point of a drawn course: x and y. */
export type CoursePoint = readonly [number, number];

/**
 * At most `2 · buckets` points that keep the shape of the course: of each run of neighbours the least and the greatest, in the order in
 * which they came. A spike is never lost, which picking every n-th point would do. x must ascend.
 */
export function minMaxBuckets(xs: Float64Array, ys: Float64Array, buckets: number): readonly CoursePoint[] {
  const at = (index: number): CoursePoint => [xs[index] ?? 0, ys[index] ?? 0];
  if (ys.length <= 2 * buckets) return Array.from(ys, (_, index) => at(index));
  const points: CoursePoint[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * ys.length) / buckets);
    const to = Math.floor(((bucket + 1) * ys.length) / buckets);
    let least = from;
    let greatest = from;
    for (let i = from + 1; i < to; i++) {
      if ((ys[i] ?? 0) < (ys[least] ?? 0)) least = i;
      if ((ys[i] ?? 0) > (ys[greatest] ?? 0)) greatest = i;
    }
    points.push(at(Math.min(least, greatest)));
    if (least !== greatest) points.push(at(Math.max(least, greatest)));
  }
  return points;
}
