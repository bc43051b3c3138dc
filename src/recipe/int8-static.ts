import * as z from 'zod';
import { clone } from '@bufbuild/protobuf';
import { fuseChecked } from './fp32-fused.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { ModelSchema } from '../onnx/schema.ts';
import { toNumbers } from '../measure/tensor-values.ts';
import { entropyRange, Histogram, percentileRange, type Range } from './calibration-range.ts';
import { chooseByError, chooseBySpeed } from './choose-quantized.ts';
import { observeRanges, observeValues, type ObservedRange } from './observe.ts';
import { writeQdq } from './qdq.ts';
import { raiseChecked } from './raise.ts';
import type { Recipe } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';
import { findCandidates, STATIC_OPERATORS, type Candidate } from './static-candidates.ts';
import { Tally } from './tally.ts';
import type { Workbench } from './workbench.ts';

/** DequantizeLinear has an axis from this operator set on. */
const OPSET = 13;
/** For choosing by speed: time spent on each way. */
const TIMING_SECONDS = 1;

const operator = z.enum(STATIC_OPERATORS);
const names = z.union([z.string(), z.array(z.string())]).transform((value) => (Array.isArray(value) ? [...value].sort() : [value]));

const parameters = z.strictObject({
  method: z.enum(['min-max', 'percentile', 'entropy']).default('min-max').describe('how an activation\'s range is found from the calibration inputs'),
  percent: z.number().min(90).max(100).default(99.99).describe('method percentile: share of the values inside the range'),
  ops: z.union([operator, z.array(operator).min(1)]).transform((ops) => (Array.isArray(ops) ? [...new Set(ops)].sort() : [ops])).default([...STATIC_OPERATORS].sort()).describe('which operators'),
  choose: z.enum(['error', 'all']).default('error').describe('error: leave float32 what costs the outputs most; all: quantize whatever can be'),
  tolerance: z.number().positive().max(1).default(0.1).describe('choose error: how far the outputs may move (relative RMS on the calibration inputs; 0.1 is about a cosine of 0.995)'),
  speed: z.enum(['ignore', 'measure']).default('ignore').describe('measure: leave float32 the kinds of nodes that are slower quantized on this machine (the choice may differ from one making to the next)'),
  keep: names.default([]).describe('names of nodes that stay float32'),
  weightBits: z.int().min(2).max(8).default(8).describe('bits of each weight; 7 avoids saturation on x64 CPUs without VNNI'),
  weightScales: z.enum(['channel', 'tensor']).default('channel'),
  minElements: z.int().nonnegative().default(64).describe('operators with fewer weights stay float32'),
});
type Parameters = z.output<typeof parameters>;

/** Multiplications of a node in its largest calibration sample. */
function workOf(candidate: Candidate, observed: ReadonlyMap<string, ObservedRange>): number {
  const { weightDims, weightValues, channelAxis, output } = candidate;
  const channels = weightDims[channelAxis] ?? 1;
  const perOutput = weightValues.length / channels;
  return Math.max(1, (observed.get(output)?.elements ?? 0) * perOutput);
}

async function rangesBy(take: () => OnnxModel, observed: ReadonlyMap<string, ObservedRange>, { method, percent }: Parameters, workbench: Workbench): Promise<ReadonlyMap<string, Range>> {
  for (const [value, { min, max }] of observed) if (!Number.isFinite(min) || !Number.isFinite(max)) throw new RecipeError('calibration', `int8-static: on the calibration inputs the value "${value}" is not finite, so it has no range`);
  if (method === 'min-max') return observed;
  const histograms = new Map([...observed].map(([value, range]) => [value, new Histogram(range)]));
  await observeValues(take, observed, workbench, (value, tensor) => histograms.get(value)?.add(toNumbers(tensor)));
  return new Map([...histograms].map(([value, histogram]) => [value, method === 'percentile' ? percentileRange(histogram, percent) : entropyRange(histogram, 8)]));
}

export const int8Static: Recipe<Parameters> = {
  id: 'int8-static',
  revision: 4,
  summary: 'computes Conv, MatMul and Gemm in 8-bit whole numbers with ranges found beforehand on calibration inputs (QuantizeLinear and DequantizeLinear around them)',
  expectation: 'about a quarter of the file, and the fastest of the 8-bit forms on CPUs and NPUs with 8-bit arithmetic; as good as its calibration inputs are like the real ones',
  parameters,
  calibrated: () => true,
  apply: async (parent, settings, { workbench }) => {
    const base = parent.take();
    const tally = new Tally();
    await raiseChecked(base, OPSET, workbench, tally);
    await fuseChecked(base, workbench, tally);
    const found = findCandidates(base, settings.ops, settings.minElements, tally);
    const unknown = settings.keep.find((name) => !found.some((candidate) => candidate.name === name));
    if (unknown !== undefined) throw new RecipeError('parameters', `int8-static: keep names "${unknown}", which is no node that could be quantized; those are: ${found.map((candidate) => candidate.name).join(', ')}`);
    const candidates = found.filter((candidate) => !settings.keep.includes(candidate.name));
    for (const candidate of found) if (settings.keep.includes(candidate.name)) tally.keep(candidate.opType, 'it was asked to stay float32 (setting keep)');
    if (candidates.length === 0) throw new RecipeError('nothing-to-do', `int8-static: the model has no ${settings.ops.join(', ')} with constant float32 weights of ${settings.minElements} elements or more in its main graph to quantize`);
    const values = [...new Set(candidates.flatMap(({ input, output }) => [input, output]))];
    const take = (): OnnxModel => clone(ModelSchema, base) as OnnxModel;
    const observed = await observeRanges(take(), values, workbench);
    const ranges = new Map(await rangesBy(take, observed, settings, workbench));
    for (const { output, matters } of candidates) {
      const range = ranges.get(output);
      if (range !== undefined) ranges.set(output, { min: Math.max(range.min, matters.min), max: Math.min(range.max, matters.max) });
    }
    const work = new Map(candidates.map((candidate) => [candidate, workOf(candidate, observed)]));
    const write = (chosen: readonly Candidate[]): Uint8Array => writeQdq(base, chosen, { ranges, weightBits: settings.weightBits, weightScales: settings.weightScales });
    let chosen = candidates;
    if (settings.choose === 'error') chosen = await chooseByError({ candidates, write, workbench, tally }, settings.tolerance, work);
    if (settings.speed === 'measure' && chosen.length > 0) chosen = await chooseBySpeed({ candidates: chosen, write, workbench, tally }, TIMING_SECONDS);
    if (chosen.length === 0) throw new RecipeError('nothing-to-do', `int8-static: no node can be quantized within a tolerance of ${settings.tolerance}; give calibration inputs like the real ones, or a larger tolerance`);
    for (const candidate of chosen) tally.convert(candidate.opType);
    return { bytes: write(chosen), report: tally.report() };
  },
};
