import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { contentOf } from '../onnx/content.ts';
import { OnnxError } from '../onnx/onnx-error.ts';
import { opsetOf, readModel, type OnnxModel } from '../onnx/model.ts';
import { compareOutputs } from '../measure/parity.ts';
import { sha256OfFile } from '../harness/model-file.ts';
import type { CalibrationSource } from './calibration-source.ts';
import { lineageSchema, type Lineage } from './lineage.ts';
import type { ParentModel } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';
import type { ChosenRecipe } from './registry.ts';
import type { Workbench } from './workbench.ts';

/** A variant that was loaded and run once. */
export interface Variant {
  /** In the cache, under its key. */
  readonly path: string;
  readonly sha256: string;
  readonly lineage: Lineage;
  readonly from: 'cache' | 'made';
}

export interface MakeVariantOptions {
  readonly parent: ParentModel & { readonly sha256: string };
  readonly recipe: ChosenRecipe;
  readonly calibration: CalibrationSource;
  readonly workbench: Workbench;
  /** Folder that relative paths in parameters start from. */
  readonly baseFolder: string;
  readonly cacheFolder: string;
  readonly toolVersion: string;
  /** It is not in the cache, so that it takes a while. */
  readonly onMake?: () => void;
}

/** Model, recipe with its parameters, calibration data and tool: the same key, the same bytes. */
export async function variantKey({ parent, recipe, calibration, baseFolder, toolVersion }: Pick<MakeVariantOptions, 'parent' | 'recipe' | 'calibration' | 'baseFolder' | 'toolVersion'>): Promise<string> {
  return createHash('sha256').update(JSON.stringify([parent.sha256, recipe.id, recipe.revision, recipe.parameters, await recipe.fingerprint(baseFolder), calibration.sha256, toolVersion])).digest('hex');
}

function contentWithSize(model: OnnxModel, bytes: number): Lineage['variant']['content'] {
  return { bytes, ...contentOf(model.graph), opset: opsetOf(model) };
}

async function fromCache(path: string): Promise<Variant | null> {
  const text = await readFile(`${path}.json`, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // A cut-off lineage: the variant is made anew.
    return null;
  }
  const read = lineageSchema.safeParse(json);
  if (!read.success) return null;
  const sha256 = await sha256OfFile(`${path}.onnx`).catch(() => null);
  return sha256 === read.data.variant.sha256 ? { path: `${path}.onnx`, sha256, lineage: read.data, from: 'cache' } : null;
}

async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, data);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The variant's first run: it loads, its outputs have the parent's names and shapes, and they are finite. Throws RecipeError. */
async function check(bytes: Uint8Array, recipe: ChosenRecipe, workbench: Workbench): Promise<Lineage['check']> {
  const parent = await workbench.parent();
  const outputs = await workbench.run(bytes, `${recipe.id}: the runtime refuses the variant, so it is not offered`);
  const compared = compareOutputs(outputs, parent.outputs, recipe.precision, 'the parent');
  if (compared.kind === 'mismatch') throw new RecipeError('refused', `${recipe.id}: the variant is not offered: ${compared.message}`);
  if (compared.kind === 'not-finite') throw new RecipeError('refused', `${recipe.id}: the variant is not offered: its output "${compared.output}" has ${compared.count} values that are NaN or infinite`);
  if (compared.kind === 'reference-not-finite') throw new RecipeError('calibration', `${recipe.id}: the parent itself answers ${compared.count} values that are NaN or infinite in "${compared.output}" on the calibration inputs; give it inputs that it can answer`);
  const { maxRelError, maxAbsError, cosine, samples } = compared.parity;
  return { runtime: parent.runtime, samples, maxRelError, maxAbsError, cosine };
}

/** Makes a variant, or finds it in the cache. Nothing is left behind when it throws RecipeError or OnnxError. */
export async function makeVariant(options: MakeVariantOptions): Promise<Variant> {
  const { parent, recipe, calibration, workbench, toolVersion } = options;
  const path = join(options.cacheFolder, 'variants', await variantKey(options));
  const cached = await fromCache(path);
  if (cached !== null) return cached;
  options.onMake?.();
  const before = parent.take();
  // The parent first: what it can't do is not the recipe's fault.
  await workbench.parent();
  const { bytes, report } = await recipe.apply(parent, { workbench, baseFolder: options.baseFolder, signal: workbench.signal });
  const after = readModel(bytes);
  const lineage: Lineage = {
    schemaVersion: 1,
    variant: { sha256: createHash('sha256').update(bytes).digest('hex'), content: contentWithSize(after, bytes.length) },
    parent: { sha256: parent.sha256, file: basename(parent.path), content: contentWithSize(before, parent.bytes.length) },
    recipe: { id: recipe.id, revision: recipe.revision, parameters: { ...recipe.disclosed }, precision: recipe.precision, expectation: recipe.expectation },
    tool: { name: 'paddock', version: toolVersion },
    calibration: { kind: calibration.kind, sha256: calibration.sha256, samples: (await workbench.parent()).outputs.length, used: recipe.calibrated },
    converted: { ...report.converted }, kept: report.kept.map((item) => ({ ...item })), notes: [...report.notes],
    check: await check(bytes, recipe, workbench),
  };
  await writeWhole(`${path}.onnx`, bytes);
  await writeWhole(`${path}.json`, `${JSON.stringify(lineage, null, 2)}\n`);
  return { path: `${path}.onnx`, sha256: lineage.variant.sha256, lineage, from: 'made' };
}

/** Copies a variant and its lineage out of the cache, each whole or not at all. */
export async function offerVariant(variant: Variant, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await copyFile(variant.path, temporary);
    await writeWhole(`${path}.json`, `${JSON.stringify(variant.lineage, null, 2)}\n`);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** True for errors that say why a variant can not be made. */
export function isRecipeFault(error: unknown): error is RecipeError | OnnxError {
  return error instanceof RecipeError || error instanceof OnnxError;
}
