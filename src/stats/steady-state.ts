import { changePoints } from './change-points.ts';
import { noiseOf } from './noise.ts';
import { medianInPlace } from './order-statistic.ts';
import { logs, type Sample } from './sample.ts';
import { clipSpikes } from './spike-filter.ts';
import { theilSenSlope } from './theil-sen.ts';

/** A launch is judged on at most this many block medians: fine enough to place a change within 0.25 % of the launch, cheap enough to judge at every look. */
const MAX_BLOCKS = 400;
/** Pairs grow with the square: 120 points give a slope as good as the noise allows, in under a millisecond. */
const MAX_SLOPE_POINTS = 120;
/** Below this no level can be told from noise. */
const MIN_BLOCKS = 5;
/** The steady part is at least this share of what was measured, as with MSER-5, which calls a run too short when it would cut the second half (White 1997; Hoad, Robinson & Davies 2010). */
const MIN_STEADY_SHARE = 0.5;
/** Share of the steady part that may lie on another level: a pause of the host inside a steady launch is the launch's own noise. */
const MAX_EXCURSION_SHARE = 0.1;
/** Running-median reach of the spike filter (5 either side, as for nightly series), less where there are few values. */
const SPIKE_REACH = 5;
/** Noise is taken as at least this share of the target: changes that small don't matter, whatever their significance. */
const NOISE_FLOOR = 0.1;
/** A drift must also differ from chance: two-sided 1 %. */
const DRIFT_Z = 2.576;

export interface SteadyTarget {
  /** Half of the interval aimed at, as a share of the value (0.02 for ± 2 %): shifts and drifts below it don't matter. */
  readonly targetHalfWidth: number;
}

/** What a launch's latencies say about its warm-up. */
export interface SteadyState {
  /** Index of the first steady sample; those before are warm-up. */
  readonly start: number;
  readonly steady: boolean;
  /** Why not steady. `too-few`: fewer than 5 values. `late-change`: the last level is younger than half of the launch. `drift`: the last level itself moves. */
  readonly unsteady: 'too-few' | 'late-change' | 'drift' | null;
  /** What the drift of the steady part comes to over a time as long as all that was measured, in log units (0.02: 2 % slower at the end); null where too few values tell. */
  readonly drift: number | null;
  /** Starts of the levels found, as sample indices, those judged immaterial included. */
  readonly changePoints: readonly number[];
}

/** Medians of consecutive blocks of `size`, the short last block included. */
function blockMedians(values: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: Math.ceil(values.length / size) }, (_, b) => medianInPlace(values.slice(b * size, (b + 1) * size)));
}

/** Walks back from the last level over levels within `tolerance` of it, across short excursions, and returns where the walk ends. */
function steadyFrom(values: Float64Array, changes: readonly number[], tolerance: number): number {
  const starts = [0, ...changes];
  let level: number | null = null;
  let start = values.length;
  let excursion = 0;
  for (let s = starts.length - 1; s >= 0; s--) {
    const from = starts[s] ?? 0;
    const to = starts[s + 1] ?? values.length;
    const here = medianInPlace(values.slice(from, to));
    level ??= here;
    if (Math.abs(here - level) > tolerance) excursion += to - from;
    else if (excursion <= MAX_EXCURSION_SHARE * (values.length - from)) start = from;
  }
  return start;
}

/** Theil–Sen slope per value. */
function slope(values: Float64Array): number {
  const stride = Math.ceil(values.length / MAX_SLOPE_POINTS);
  return theilSenSlope(blockMedians(values, stride)) / stride;
}

/** Whether the later half still moves the same way at half the pace or more. The tail of a warm-up, and a small step, do not. */
function goesOn(values: Float64Array, pace: number): boolean {
  return slope(values.slice(values.length >>> 1)) / pace > 0.5;
}

/**
 * Where the warm-up of a launch ends and whether what follows is steady. Works on log latency, in at most 400 block medians with spikes
 * clipped: change points (PELT, 3 ln n, long-run noise), then the last level, extended back over levels that differ from it by less than
 * the target's half-width, since a shift that is real but immaterial must not eat the sample. The launch is not steady when that part is too
 * short, or when its Theil–Sen drift, taken over the whole launch's length (a slow ramp is cut to its last part, which alone drifts too
 * little to show), exceeds the target's half-width and chance and goes on to the end. test/stats/steady-state.test.ts holds the simulation
 * that the constants were chosen by.
 * @param latenciesNs every latency in time order, > 0, the first inference left out
 * @throws SampleError on a latency that is not finite and positive
 */
export function steadyState(latenciesNs: Sample, { targetHalfWidth }: SteadyTarget): SteadyState {
  const size = Math.max(1, Math.ceil(latenciesNs.length / MAX_BLOCKS));
  const blocks = blockMedians(logs(latenciesNs), size);
  const n = blocks.length;
  if (n < MIN_BLOCKS) return { start: 0, steady: false, unsteady: 'too-few', drift: null, changePoints: [] };

  const values = clipSpikes(blocks, Math.min(SPIKE_REACH, Math.floor(n / 8)), Math.max(noiseOf(blocks).sd, NOISE_FLOOR * targetHalfWidth));
  const noise = Math.max(noiseOf(values).longRunSd, NOISE_FLOOR * targetHalfWidth);
  const changes = changePoints(values, noise);
  const start = steadyFrom(values, changes, targetHalfWidth);
  const part = values.slice(start);
  const result = { start: start * size, changePoints: changes.map((change) => change * size) };
  if (part.length < MIN_BLOCKS || part.length < MIN_STEADY_SHARE * n) return { ...result, steady: false, unsteady: 'late-change', drift: null };

  const drift = slope(part) * (n - 1);
  // The standard error of a least-squares slope, 12σ²/m³, over n steps; Theil–Sen's is 5 % above it for normal noise.
  const chance = DRIFT_Z * noise * Math.sqrt(12 / part.length) * (n / part.length);
  const drifting = Math.abs(drift) > Math.max(targetHalfWidth, chance) && goesOn(part, drift / (n - 1));
  return { ...result, steady: !drifting, unsteady: drifting ? 'drift' : null, drift };
}
