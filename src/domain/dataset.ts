import * as z from 'zod';
import { idSchema } from './ids.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 is 64 hexadecimal digits in lower case');
/** Relative and inside the manifest's folder: a data set is a folder that can be copied. */
const path = z.string().min(1).max(1000).refine((text) => !/^([/\\]|[A-Za-z]:)/.test(text) && !text.split(/[/\\]/).includes('..'), 'a path inside the folder of the manifest');

/** More items than any test here asks for; a slip must not fill the memory. */
export const MAX_ITEMS = 1_000_000;

/** One file of an item, with its hash. `index` picks one entry along the first axis of an array that holds many items. */
export const itemFileSchema = z.strictObject({ file: path, sha256, index: z.int().nonnegative().optional() });
export type ItemFile = Readonly<z.infer<typeof itemFileSchema>>;

/** What is right for an item: a class or text; a list of numbers is one sequence (token ids), a list of texts are alternatives of which any is right. */
export const labelSchema = z.union([z.string().max(100_000), z.number(), z.array(z.number()).min(1).max(100_000), z.array(z.string().max(100_000)).min(1).max(100)]);
export type Label = z.infer<typeof labelSchema>;

/** One labelled item: where its input comes from, and what is right. */
export const itemSchema = z.strictObject({
  id: z.string().min(1).max(200).optional().describe('default: its place in the list, from 1'),
  file: path.optional().describe('the item\'s file, relative to the manifest'),
  sha256: sha256.optional().describe('of `file`'),
  index: z.int().nonnegative().optional().describe('which entry along the first axis of `file`, where that is an array of many items'),
  files: z.record(z.string(), itemFileSchema).optional().describe('instead of `file`, for a model with several inputs: input name -> file'),
  values: z.union([z.array(z.number()).max(1_000_000), z.record(z.string(), z.array(z.number()).max(1_000_000))]).optional().describe('instead of a file: the numbers themselves (token ids), or input name -> numbers'),
  label: labelSchema,
}).superRefine((item, context) => {
  const given = (['file', 'files', 'values'] as const).filter((key) => item[key] !== undefined);
  if (given.length !== 1) context.addIssue({ code: 'custom', path: [], message: `an item has one of \`file\`, \`files\` and \`values\`, not ${given.length === 0 ? 'none' : given.join(' and ')}` });
  if (item.file !== undefined && item.sha256 === undefined) context.addIssue({ code: 'custom', path: ['sha256'], message: 'this key is missing: the sha256 of `file`' });
});
export type Item = Readonly<z.infer<typeof itemSchema>>;

/**
 * Where inputs and labels come from. `collected`: real inputs, labelled by people. `rendered`: made by a program from labels that are right by construction (text
 * drawn with a font). `generated`: random, or labelled by a model: such data gives no quality figure.
 */
export const ORIGINS = ['collected', 'rendered', 'generated'] as const;

/** A data set's manifest (YAML or JSON): what it is, may be used for, and holds; every file with its hash. */
export const datasetSchema = z.strictObject({
  dataset: idSchema.describe('name of the data set'),
  task: z.string().min(1).max(200).describe('what its labels are of, as in "text recognition"'),
  split: z.string().min(1).max(80).describe('which part it is, as in "test": quality is told of a part that neither training nor calibration has seen'),
  licence: z.string().min(1).max(200).describe('SPDX id, or words'),
  origin: z.enum(ORIGINS).describe('collected (real), rendered (made by a program from labels that are right by construction), generated (random or labelled by a model: gives no quality figure)'),
  how: z.string().min(1).max(2000).describe('how it was collected, rendered or generated, with seed and source'),
  items: z.union([path, z.array(itemSchema)]).describe('the labelled items, or a .jsonl file (one item a line) or .csv file (columns id, file, sha256, index, label) with them'),
  sha256: sha256.optional().describe('of the `items` file'),
}).superRefine((set, context) => {
  if (typeof set.items === 'string' && set.sha256 === undefined) context.addIssue({ code: 'custom', path: ['sha256'], message: 'this key is missing: the sha256 of the `items` file' });
});
export type DatasetManifest = Readonly<z.infer<typeof datasetSchema>>;
