import * as z from 'zod';
import { ABIS } from './abi.ts';
import { SCENARIOS } from './case.ts';
import { suiteGatesSchema } from './gate.ts';
import { deviceNameSchema, idSchema } from './ids.ts';
import { powerSourceSchema } from './power-source.ts';
import { PRESET_NAMES } from './preset.ts';
import { qualitySchema } from './quality.ts';
import { deviceSettingsSchema } from './settings.ts';
import { tradeOffSchema } from './trade-off.ts';
import { selectorSchema } from './selector.ts';
import { watchSchema } from './watch.ts';

const id = idSchema;
const positive = z.int().positive();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 is 64 hexadecimal digits in lower case');

/** How the values of a generated input are drawn. */
export const fillSchema = z.union([
  z.enum(['zeros', 'ones', 'normal', 'uniform']),
  z.strictObject({ constant: z.number() }),
  z.strictObject({ uniform: z.tuple([z.number(), z.number()]) }),
  z.strictObject({ integers: z.tuple([z.int(), z.int()]) }),
]).describe('zeros, ones, normal (mean 0, deviation 1), uniform (0 to 1), {constant: X}, {uniform: [LOW, HIGH]} or {integers: [LOW, HIGH]} (both ends included)');
export type Fill = z.infer<typeof fillSchema>;

/** One input of a model: generated from the suite's seed, or read from a file. */
export const inputSchema = z.strictObject({
  shape: z.array(z.union([positive, z.string()])).optional().describe('sizes; a word is a dimension named under `dimensions`, and `batch` is the case\'s batch size'),
  fill: fillSchema.optional(),
  file: z.string().min(1).optional().describe('a .npy file, relative to the suite file'),
}).refine((input) => !(input.file !== undefined && (input.fill !== undefined || input.shape !== undefined)), 'an input read from a `file` takes no `fill` and no `shape`');
export type InputSpec = z.infer<typeof inputSchema>;

export const PRECISIONS = ['fp32', 'fp16', 'bf16', 'int8', 'int4', 'mixed'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What a recipe makes computes in what its name starts with: `int8-static` in int8; one that says nothing, in some mix. */
export function recipePrecision(recipe: string): Precision {
  return PRECISIONS.find((precision) => recipe === precision || recipe.startsWith(`${precision}-`)) ?? 'mixed';
}

/** How a variant is made from another one of its model; each recipe has parameters of its own. */
export const recipeRefSchema = z.looseObject({ id: z.string().min(1) }).describe('a recipe by its `id`, with its parameters beside it, as in { id: prune, sparsity: 0.5 }');

/** One file of a model: given, or made by a recipe. */
export const variantSchema = z.strictObject({
  id,
  file: z.string().min(1).optional().describe('a path (relative to the suite file), npm:PACKAGE/PATH, or an https URL (then sha256 is mandatory)'),
  from: id.optional().describe('with `recipe`: the variant of this model that it is made from'),
  recipe: recipeRefSchema.optional().describe('made on demand before the run, instead of `file`'),
  calibration: z.record(z.string(), z.string().min(1)).optional().describe('with `recipe`: input name -> a folder of .npy files, one a sample; default: the model\'s own inputs'),
  precision: z.enum(PRECISIONS).optional().describe('default: fp32, or what the recipe makes'),
  sha256: sha256.optional(),
  retrained: z.boolean().optional().describe('true for a variant that was trained after its parent (distilled, fine-tuned): it may be better than it'),
}).superRefine((variant, context) => {
  const fault = (key: string, message: string): void => { context.addIssue({ code: 'custom', path: [key], message }); };
  if (variant.recipe === undefined) {
    if (variant.file === undefined) fault('file', 'this key is missing: a variant has a `file`, or a `recipe` and the variant it is made `from`');
    else if (variant.sha256 === undefined && /^https?:/i.test(variant.file)) fault('sha256', 'a variant from a URL needs its `sha256`');
    for (const key of ['from', 'calibration'] as const) if (variant[key] !== undefined) fault(key, `\`${key}\` is for a variant with a \`recipe\``);
    return;
  }
  if (variant.from === undefined) fault('from', 'this key is missing: the variant that the recipe starts from');
  for (const key of ['file', 'sha256'] as const) if (variant[key] !== undefined) fault(key, `a variant with a \`recipe\` is made, so it takes no \`${key}\``);
}).transform((variant) => ({ ...variant, precision: variant.precision ?? (variant.recipe === undefined ? 'fp32' as const : recipePrecision(variant.recipe.id)) }));
export type VariantSpec = z.infer<typeof variantSchema>;

export const modelSchema = z.strictObject({
  id,
  task: z.string().max(200).optional(),
  description: z.string().max(2000).optional(),
  weights: z.enum(['trained', 'generated']).default('trained').describe('`generated`: a stand-in with random weights, which has no quality'),
  reference: id.optional().describe('the variant whose CPU outputs are the reference for parity; default: the first fp32 variant'),
  dimensions: z.record(z.string(), positive).default({}).describe('sizes of dimensions that the model leaves open'),
  inputs: z.record(z.string(), inputSchema).default({}),
  carry: z.record(z.string(), z.string()).default({}).describe('state: input name -> the output that feeds it on the next inference'),
  samples: positive.max(64).default(4).describe('how many different generated input samples are cycled through'),
  variants: z.array(variantSchema).min(1),
  quality: qualitySchema.optional().describe('how its quality is measured over labelled data'),
});
export type ModelSpec = z.infer<typeof modelSchema>;

const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1)]).transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[]);

const libraryFile = z.string().min(1).describe('a path (relative to the suite file) or npm:PACKAGE/PATH');
/** ONNX Runtime's library: one file for every device, or one for each kind of them. */
export const librarySchema = z.union([libraryFile, z.partialRecord(z.enum(ABIS), z.union([libraryFile, z.strictObject({ path: libraryFile, sha256: sha256.optional().describe('refused when the file has another') })])).describe('by what the device runs; a device of another kind is `unsupported`')]);
export type LibrarySpec = z.infer<typeof librarySchema>;

export const runtimeSchema = z.strictObject({
  id,
  engine: id.optional().describe('the inference engine; default: the id'),
  delegates: oneOrMore(id).default(['cpu']),
  threads: oneOrMore(positive.max(1024)).default([1]),
  graphOptimization: z.enum(['disabled', 'basic', 'extended', 'all']).default('all').describe('ONNX Runtime\'s levels; for `onnxruntime` only'),
  fallback: z.enum(['invalid', 'failed']).default('invalid').describe('what becomes of a case whose delegate did not run the whole graph: `invalid`, or `failed` (refused while loading where the runtime can)'),
  harness: z.union([z.enum(['node', 'native']), z.array(z.string().min(1)).min(1), z.strictObject({ bundle: z.string().min(1) })]).optional().describe('node (default on this machine), native (default on other devices), the command of a harness app of your own that speaks protocol v1 (relative paths from the suite file), or `bundle`: a folder with one as Paddock keeps them beside the store'),
  library: librarySchema.optional().describe('with `harness: native`: the ONNX Runtime library to measure; default: the release that comes with Paddock'),
  affinity: z.union([z.array(z.int().min(0).max(1023)).min(1).max(1024), id]).optional().describe('cores to run on: their numbers, the name of a cluster in the device\'s profile, or `recommended` for those that it recommends; default: where the system puts it'),
}).refine((runtime) => runtime.library === undefined || runtime.harness === 'native', { path: ['library'], message: '`library` is for `harness: native` only' });
export type RuntimeSpec = z.infer<typeof runtimeSchema>;

export const workloadSchema = z.strictObject({
  id,
  scenario: z.enum(SCENARIOS),
  batch: oneOrMore(positive.max(4096)).default([1]).describe('samples per inference call'),
  samplesPerQuery: positive.max(4096).optional().describe('multi-stream: samples in a query (MLPerf: 8)'),
  sustainMinutes: z.number().min(2).max(720).optional().describe('goes on for so many minutes, to show what heat does: latency over time, and that of the last minute over the first'),
  latencyBoundMs: z.number().positive().optional().describe('server: the p99 latency that must hold'),
  ratePerS: z.union([z.number().positive(), z.literal('search')]).optional().describe('server: arrivals a second, or `search` for the highest rate whose p99 holds the bound'),
}).superRefine((workload, context) => {
  const server = workload.scenario === 'server';
  if (server && workload.latencyBoundMs === undefined) context.addIssue({ code: 'custom', path: ['latencyBoundMs'], message: 'the server scenario needs `latencyBoundMs`' });
  for (const key of ['latencyBoundMs', 'ratePerS'] as const) {
    if (!server && workload[key] !== undefined) context.addIssue({ code: 'custom', path: [key], message: `\`${key}\` is for the server scenario only` });
  }
  if (server && workload.sustainMinutes !== undefined) context.addIssue({ code: 'custom', path: ['sustainMinutes'], message: '`sustainMinutes` is not for the server scenario: its rate is found by how long single inferences take' });
  if (workload.scenario !== 'multi-stream' && workload.samplesPerQuery !== undefined) context.addIssue({ code: 'custom', path: ['samplesPerQuery'], message: '`samplesPerQuery` is for the multi-stream scenario only' });
});
export type WorkloadSpec = z.infer<typeof workloadSchema>;

/** Overrides of the preset. */
export const measureSchema = z.strictObject({
  launches: positive.max(200).optional().describe('least number of launches of each case'),
  maxLaunches: positive.max(200).optional(),
  precision: z.number().min(0.0005).max(0.5).optional().describe('half-width of the interval to reach, as a share of the value (0.02 is 2 %)'),
  minSeconds: z.number().positive().max(86400).optional().describe('least time measured in one launch, warm-up included'),
  maxSeconds: z.number().positive().max(86400).optional().describe('most time measured in one launch'),
  budgetMinutes: z.number().positive().max(10080).optional().describe('no launch is started that would not end inside this time; devices that compute on one machine share it, and waiting for others there does not count'),
});

export const limitsSchema = z.strictObject({
  memoryMiB: positive.default(4096).describe('a harness that grows beyond this is stopped'),
  loadSeconds: positive.default(120).describe('a model that takes longer to load is given up'),
  inferenceSeconds: positive.default(60).describe('an inference that takes longer is given up'),
});

/** A device, or any unit of a pool (`pool:NAME`) or of a profile (`profile:ID`). The local machine may have another root for /proc and /sys, so that sensors can come from elsewhere. */
export const deviceRefSchema = z.union([deviceNameSchema, z.strictObject({
  id: deviceNameSchema,
  sensorsRoot: z.string().min(1).default('/').describe('for `local`: another root for /proc and /sys'),
  power: z.array(powerSourceSchema).min(1).max(10).optional().describe('where its power is read, in place of what its profile says'),
}).refine((device) => device.sensorsRoot === '/' || device.id === 'local', { path: ['sensorsRoot'], message: '`sensorsRoot` is for `local` only: other devices are read where they keep their sensors' })]).transform((device) => (typeof device === 'string' ? { id: device, sensorsRoot: '/' } : device));

/** Variants whose `from` names no variant, or that are made from themselves over others. */
function brokenOrigins(variants: readonly VariantSpec[]): { index: number; message: string }[] {
  return variants.flatMap((variant, index) => {
    const seen = new Set([variant.id]);
    for (let from = variant.from; from !== undefined; from = variants.find((each) => each.id === from)?.from) {
      if (!variants.some((each) => each.id === from)) return from === variant.from ? [{ index, message: `no variant has the id "${from}"; there are: ${variants.map((each) => each.id).join(', ')}` }] : [];
      if (seen.has(from)) return [{ index, message: `"${variant.id}" is made from itself` }];
      seen.add(from);
    }
    return [];
  });
}

function firstDuplicate(items: readonly { readonly id: string }[]): { index: number; id: string } | null {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (seen.has(item.id)) return { index, id: item.id };
    seen.add(item.id);
  }
  return null;
}

/** A suite file: which models, variants, runtimes, delegates, workloads and devices to cross. */
export const suiteSchema = z.strictObject({
  suite: id,
  description: z.string().max(2000).optional(),
  models: z.array(modelSchema).min(1, 'there is no model to measure').max(10_000),
  runtimes: z.array(runtimeSchema).min(1).max(100),
  workloads: z.array(workloadSchema).min(1).max(100),
  devices: z.array(deviceRefSchema).min(1).default([{ id: 'local', sensorsRoot: '/' }]),
  tradeOff: tradeOffSchema.optional().describe('what may be shipped, and what is best among it'),
  preset: z.enum(PRESET_NAMES).default('quick'),
  measure: measureSchema.default({}),
  gates: suiteGatesSchema.optional(),
  settings: deviceSettingsSchema.optional().describe('what Paddock sets on the devices while it measures, over what their profiles ask for; it is put back when the run ends'),
  limits: limitsSchema.prefault({}),
  order: z.strictObject({ seed: z.int().nonnegative().optional() }).default({}),
  matrix: z.strictObject({
    include: z.array(selectorSchema).min(1).optional().describe('keep only cases that match one of these'),
    exclude: z.array(selectorSchema).default([]).describe('leave out cases that match one of these'),
  }).prefault({}),
  watch: watchSchema.prefault({}).describe('what is watched from night to night'),
}).superRefine((suite, context) => {
  for (const list of ['models', 'runtimes', 'workloads', 'devices'] as const) {
    const duplicate = firstDuplicate(suite[list]);
    if (duplicate !== null) context.addIssue({ code: 'custom', path: [list, duplicate.index, 'id'], message: `the id "${duplicate.id}" is there twice; ids name series, so each must be its own` });
  }
  for (const [index, model] of suite.models.entries()) {
    const duplicate = firstDuplicate(model.variants);
    if (duplicate !== null) context.addIssue({ code: 'custom', path: ['models', index, 'variants', duplicate.index, 'id'], message: `the variant id "${duplicate.id}" is there twice` });
    for (const broken of brokenOrigins(model.variants)) context.addIssue({ code: 'custom', path: ['models', index, 'variants', broken.index, 'from'], message: broken.message });
    if (model.reference !== undefined && !model.variants.some((variant) => variant.id === model.reference)) {
      context.addIssue({ code: 'custom', path: ['models', index, 'reference'], message: `no variant has the id "${model.reference}"; there are: ${model.variants.map((variant) => variant.id).join(', ')}` });
    }
  }
});
export type Suite = Readonly<z.output<typeof suiteSchema>>;

/** The variant whose CPU outputs are the reference: the named one, else the first fp32 one, else none. */
export function referenceVariant(model: ModelSpec): VariantSpec | null {
  return model.variants.find((variant) => (model.reference === undefined ? variant.precision === 'fp32' : variant.id === model.reference)) ?? null;
}
