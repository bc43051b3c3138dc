/** One candidate; less is better on both axes. */
export interface ParetoPoint {
  readonly x: number;
  readonly y: number;
}

/** Indices, ascending, of the points that no other point beats (none as good on both axes and better on one). Equal points stand together; a point with NaN is never on the front. O(n log n). */
export function paretoFront(points: readonly ParetoPoint[]): readonly number[] {
  const order = points.map((point, index) => ({ ...point, index })).filter(({ x, y }) => !Number.isNaN(x) && !Number.isNaN(y)).sort((a, b) => a.x - b.x || a.y - b.y);
  const front: number[] = [];
  let best: ParetoPoint | null = null;
  for (const point of order) {
    if (best === null || point.y < best.y) best = point;
    else if (point.x !== best.x || point.y !== best.y) continue;
    front.push(point.index);
  }
  return front.sort((a, b) => a - b);
}
