import { normal, seededRandom, shuffled, type Random } from '../../src/domain/random.ts';
import { normalQuantile } from '../../src/stats/normal.ts';
import { quantileOfSorted, type QuantileInterval } from '../../src/stats/quantile-interval.ts';
import { sorted } from '../../src/stats/sample.ts';

/** AR(1) with a standard normal marginal, started in its stationary state. */
export function ar1(n: number, phi: number, random: Random): Float64Array {
  const series = new Float64Array(n);
  const innovation = Math.sqrt(1 - phi * phi);
  let x = normal(random);
  for (let t = 0; t < n; t++) {
    series[t] = x;
    x = phi * x + innovation * normal(random);
  }
  return series;
}

/** The textbook order-statistic interval, which takes samples as independent: what ours is held against. */
export function independentInterval(samples: Float64Array, p: number, alpha: number): QuantileInterval | null {
  const ascending = sorted(samples);
  const n = ascending.length;
  const reach = normalQuantile(1 - alpha / 2) * Math.sqrt((p * (1 - p)) / n);
  const low = ascending[Math.floor(n * (p - reach)) - 1];
  const high = ascending[Math.ceil(n * (p + reach)) - 1];
  return low === undefined || high === undefined ? null : { value: quantileOfSorted(ascending, p), low, high, n, effectiveN: n };
}

/** Share of `launches` simulated launches (AR(1), 5 % log-normal noise) whose interval holds the true quantile; no interval counts as a miss. */
export function coverage(interval: (samples: Float64Array) => { readonly low: number; readonly high: number } | null, { n, phi, p, launches, seed }: {
  readonly n: number; readonly phi: number; readonly p: number; readonly launches: number; readonly seed: string;
}): number {
  const random = seededRandom(seed);
  const truth = Math.exp(0.05 * normalQuantile(p));
  let held = 0;
  for (let launch = 0; launch < launches; launch++) {
    const found = interval(ar1(n, phi, random).map((x) => Math.exp(0.05 * x)));
    if (found !== null && found.low <= truth && truth <= found.high) held++;
  }
  return held / launches;
}

/** The course of a launch as log latency against the share of it that has passed. */
export const COURSES = {
  'flat': () => 0,
  'warm-up 50 %, short': (f) => 0.5 * Math.exp(-f / 0.03),
  'warm-up 20 %': (f) => 0.2 * Math.exp(-f / 0.05),
  'warm-up 35 %, long': (f) => 0.35 * Math.exp(-f / 0.1),
  'ramp 10 %': (f) => 0.1 * f,
  'step 10 % at 0.92': (f) => (f > 0.92 ? 0.1 : 0),
  'step 10 % at 0.4': (f) => (f > 0.4 ? 0.1 : 0),
  'step 1 % at 0.5': (f) => (f > 0.5 ? 0.01 : 0),
  'pause 20 %, 4 % long': (f) => (f > 0.5 && f < 0.54 ? 0.2 : 0),
} as const satisfies Readonly<Record<string, (share: number) => number>>;
export type Course = keyof typeof COURSES;

/** Latencies, ns, of a launch around 1 ms: a course, AR(1) noise of 2 %, and one spike of 65–350 % in fifty. */
export function launchLatenciesNs(course: Course, n: number, phi: number, random: Random): Float64Array {
  return ar1(n, phi, random).map((x, i) => 1e6 * Math.exp(COURSES[course](i / n) + 0.02 * x + (random() < 0.02 ? 0.5 + random() : 0)));
}

/** Mean log latencies of launches of A and B on a device that warms up: by 8 % in all, fast first, then slower. */
export interface RampSettings {
  /** ln B − ln A. */
  readonly change: number;
  /** Standard deviation between launches of the same thing. */
  readonly launchSd: number;
  readonly rampTotal: number;
}

/** Value of launch number `i` of `count`. */
function onRamp(isHead: 0 | 1, i: number, count: number, s: RampSettings, random: Random): number {
  return isHead * s.change + (s.rampTotal * (1 - Math.exp((-2 * i) / count))) / (1 - Math.exp(-2)) + s.launchSd * normal(random);
}

/** d_b = mean B − mean A for randomised ABBA/BAAB blocks. */
export function blockDifferences(blocks: number, s: RampSettings, random: Random): number[] {
  return Array.from({ length: blocks }, (_, b) => {
    const first = random() < 0.5 ? 0 : 1;
    const order = first === 0 ? ([0, 1, 1, 0] as const) : ([1, 0, 0, 1] as const);
    return order.reduce<number>((sum, isHead, i) => sum + ((isHead === 1 ? 1 : -1) * onRamp(isHead, 4 * b + i, 4 * blocks, s, random)) / 2, 0);
  });
}

/** The launches of both sides in one order: all of A first, or in pairs in random order (AB or BA). */
export function launchSides(order: 'all-a-then-b' | 'shuffled-pairs', launches: number, s: RampSettings, random: Random): readonly [number[], number[]] {
  const sides: [number[], number[]] = [[], []];
  const sequence = Array.from({ length: launches }, () => shuffled<0 | 1>([0, 1], random)).flat();
  const flat = order === 'all-a-then-b' ? sequence.toSorted((a, b) => a - b) : sequence;
  for (const [i, isHead] of flat.entries()) sides[isHead].push(onRamp(isHead, i, flat.length, s, random));
  return sides;
}

/** `iterations` AR(1) samples around each launch value: what a test on pooled iterations sees. */
export function iterationsOf(launchValues: readonly number[], iterations: number, random: Random): number[] {
  return launchValues.flatMap((value) => [...ar1(iterations, 0.5, random)].map((x) => value + 0.02 * x));
}

/** Share of `count` draws for which the question is true. */
export function share(count: number, question: () => boolean): number {
  let yes = 0;
  for (let i = 0; i < count; i++) if (question()) yes++;
  return yes / count;
}
