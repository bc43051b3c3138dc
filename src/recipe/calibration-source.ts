import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ModelSpec } from '../domain/suite.ts';
import type { TensorSignature } from '../domain/tensor.ts';
import { sha256OfFile } from '../harness/model-file.ts';
import { makeInputs, type InputSet } from '../measure/inputs.ts';
import { RecipeError } from './recipe-error.ts';

/** Inputs that stand for what the model will meet: generated from the model's input specs, or read from files, one .npy file a sample. */
export interface CalibrationSource {
  readonly model: ModelSpec;
  /** Folder that relative paths of the model's inputs start from. */
  readonly suiteFolder: string;
  /** Input name -> its .npy files, one a sample. All inputs have as many, or one that serves for all samples. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly samples: number;
  /** `generated` says nothing of real inputs. */
  readonly kind: 'files' | 'generated';
  /** Over the specs, the seed and the files' contents. */
  readonly sha256: string;
}

/** Generated calibration inputs are the same whatever the run's seed. */
const SEED = 1;

async function filesOf(input: string, path: string): Promise<string[]> {
  const facts = await stat(path).catch(() => null);
  if (facts === null) throw new RecipeError('calibration', `calibration of input "${input}": there is no file or folder ${path}`);
  if (facts.isFile()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.npy')).sort();
  if (names.length === 0) throw new RecipeError('calibration', `calibration of input "${input}": the folder ${path} has no .npy files; put one file a sample there`);
  return names.map((name) => join(path, name));
}

/** Finds the calibration files. `folders` maps inputs to a folder of .npy files, or to one such file. Throws RecipeError. */
export async function openCalibration(model: ModelSpec, folders: Readonly<Record<string, string>>, suiteFolder: string): Promise<CalibrationSource> {
  const files = new Map<string, readonly string[]>();
  for (const [input, path] of Object.entries(folders)) files.set(input, await filesOf(input, resolve(suiteFolder, path)));
  const samples = Math.max(0, ...[...files.values()].map((list) => list.length));
  for (const [input, list] of files) {
    if (list.length !== samples && list.length !== 1) throw new RecipeError('calibration', `calibration: input "${input}" has ${list.length} files where another input has ${samples}; give each as many, or one for all samples`);
  }
  const specFiles = Object.values(model.inputs).flatMap((input) => (input.file === undefined ? [] : [resolve(suiteFolder, input.file)]));
  const hash = createHash('sha256').update(JSON.stringify([SEED, model.id, model.inputs, model.dimensions, model.samples]));
  for (const path of [...specFiles, ...[...files].flatMap(([input, list]) => [`input:${input}`, ...list])]) {
    hash.update(path.startsWith('input:') ? path : await sha256OfFile(path).catch(() => { throw new RecipeError('calibration', `calibration: ${path} can not be read`); }));
  }
  return { model, suiteFolder, files, samples, kind: files.size > 0 || specFiles.length > 0 ? 'files' : 'generated', sha256: hash.digest('hex') };
}

/** The files of each sample, input name -> file; what the model's own inputs name counts where calibration says nothing else. None where all inputs are generated. */
export function sampleFiles({ model, suiteFolder, files, samples }: CalibrationSource): readonly Readonly<Record<string, string>>[] {
  const own = Object.entries(model.inputs).flatMap(([input, { file }]) => (file === undefined ? [] : [[input, resolve(suiteFolder, file)] as const]));
  if (files.size === 0 && own.length === 0) return [];
  return Array.from({ length: Math.max(1, samples) }, (_, sample) => Object.fromEntries([...own, ...[...files].flatMap(([input, list]) => list.slice(Math.min(sample, list.length - 1)).slice(0, 1).map((path) => [input, path] as const))]));
}

/** The calibration inputs for a model of this signature, as files in the cache. Throws InputError. */
export async function calibrationInputs(source: CalibrationSource, signature: readonly TensorSignature[], cacheFolder: string): Promise<InputSet> {
  const { model, suiteFolder, files } = source;
  const context = { signature, batch: 1, seed: SEED, suiteFolder, cacheFolder };
  if (files.size === 0) return makeInputs({ ...context, model });
  const samples = [];
  const hash = createHash('sha256');
  for (let sample = 0; sample < source.samples; sample++) {
    const inputs = { ...model.inputs };
    for (const [input, list] of files) inputs[input] = { file: list[Math.min(sample, list.length - 1)] ?? '' };
    const set = await makeInputs({ ...context, model: { ...model, inputs, samples: 1 } });
    samples.push(...set.samples);
    hash.update(set.sha256);
  }
  return { samples, sha256: hash.digest('hex') };
}
