import type { Tensor } from '../domain/tensor.ts';
import { toNumbers } from '../measure/tensor-values.ts';
import type { Candidate } from './static-candidates.ts';
import type { Tally } from './tally.ts';
import type { Workbench } from './workbench.ts';

/** Root mean square of the difference over that of the reference, the worst of all outputs; infinite for another shape. */
export function relativeRms(actual: readonly (readonly Tensor[])[], expected: readonly (readonly Tensor[])[]): number {
  const sums = new Map<string, { error: number; scale: number }>();
  for (const [sample, tensors] of expected.entries()) for (const want of tensors) {
    const got = actual[sample]?.find((tensor) => tensor.name === want.name);
    if (got === undefined || got.shape.join() !== want.shape.join()) return Number.POSITIVE_INFINITY;
    const a = toNumbers(got);
    const sum = sums.get(want.name) ?? { error: 0, scale: 0 };
    for (const [i, value] of toNumbers(want).entries()) {
      sum.error += ((a[i] ?? Number.NaN) - value) ** 2;
      sum.scale += value ** 2;
    }
    sums.set(want.name, sum);
  }
  let worst = 0;
  for (const { error, scale } of sums.values()) worst = Math.max(worst, Number.isFinite(error) ? (error === 0 ? 0 : Math.sqrt(error / scale)) : Number.POSITIVE_INFINITY);
  return worst;
}

export interface Choice {
  readonly candidates: readonly Candidate[];
  readonly write: (chosen: readonly Candidate[]) => Uint8Array;
  readonly workbench: Workbench;
  readonly tally: Tally;
}

/** Calibration inputs that the order of the nodes is found with; whether the tolerance is kept is seen on all of them. */
const RANKING_SAMPLES = 8;

const percent = (share: number): string => `${(share * 100).toPrecision(2)} %`;

/**
 * Leaves nodes in float32 until the whole is within the tolerance (relative RMS): first those that move the outputs most for the work they do. Errors of single nodes
 * add up about in squares, so the order is error²/multiplications: the way to lose least 8-bit work for the accuracy won.
 */
export async function chooseByError({ candidates, write, workbench, tally }: Choice, tolerance: number, work: ReadonlyMap<Candidate, number>): Promise<Candidate[]> {
  const { outputs } = await workbench.parent();
  const errorOf = async (chosen: readonly Candidate[], samples = outputs.length): Promise<number> => relativeRms(await workbench.run(write(chosen), 'the quantized model does not run', samples), outputs.slice(0, samples));
  const all = await errorOf(candidates);
  if (all <= tolerance) {
    tally.note(`all ${candidates.length} nodes quantized change the outputs by ${percent(all)} (relative RMS), within ${percent(tolerance)}`);
    return [...candidates];
  }
  const alone: { readonly candidate: Candidate; readonly error: number }[] = [];
  for (const candidate of candidates) alone.push({ candidate, error: await errorOf([candidate], RANKING_SAMPLES) });
  const price = ({ candidate, error }: (typeof alone)[number]): number => error ** 2 / (work.get(candidate) ?? 1);
  alone.sort((a, b) => price(b) - price(a) || a.candidate.index - b.candidate.index);
  const without = (count: number): Candidate[] => alone.slice(count).map(({ candidate }) => candidate).sort((a, b) => a.index - b.index);
  let low = 1;
  let high = alone.length;
  let error = all;
  while (low < high) {
    const middle = (low + high) >> 1;
    const reached = await errorOf(without(middle));
    if (reached <= tolerance) {
      high = middle;
      error = reached;
    } else low = middle + 1;
  }
  tally.note(`all ${candidates.length} nodes quantized would change the outputs by ${percent(all)} (relative RMS); with ${high} of them left float32 it is ${percent(high === alone.length ? 0 : error)}`);
  for (const { candidate } of alone.slice(0, high)) tally.keep(candidate.opType, 'its quantization moves the outputs too far');
  tally.note(`left float32, with how far each alone moves the outputs: ${alone.slice(0, high).map(({ candidate, error: own }) => `${candidate.name} (${candidate.kind}) ${percent(own)}`).join(', ')}`);
  return without(high);
}

/** Shorter than this share of the whole is no gain: the timing itself is no finer. */
const GAIN = 0.01;

/** Leaves in float32 the kinds of nodes that make the model slower. Timings differ from run to run, so the choice is told in full. */
export async function chooseBySpeed({ candidates, write, workbench, tally }: Choice, seconds: number): Promise<Candidate[]> {
  let chosen = [...candidates];
  let best = await workbench.medianLatencyNs(write(chosen), seconds);
  for (const kind of new Set(candidates.map((candidate) => candidate.kind))) {
    const rest = chosen.filter((candidate) => candidate.kind !== kind);
    const time = await workbench.medianLatencyNs(write(rest), seconds);
    if (time > best * (1 - GAIN)) continue;
    const left = chosen.filter((candidate) => candidate.kind === kind);
    for (const candidate of left) tally.keep(candidate.opType, `${kind} is not faster quantized here`);
    tally.note(`${left.length} ${kind} left float32: ${(time / 1e6).toFixed(2)} ms without them quantized, ${(best / 1e6).toFixed(2)} ms with`);
    chosen = rest;
    best = time;
  }
  return chosen;
}
