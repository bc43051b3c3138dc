import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { inputSchema, modelSchema, type InputSpec } from '../domain/suite.ts';
import { LocalDevice } from '../device/local.ts';
import { builtInHarness } from '../farm/workplace.ts';
import { sha256OfFile } from '../harness/model-file.ts';
import { openCalibration } from '../recipe/calibration-source.ts';
import type { Lineage } from '../recipe/lineage.ts';
import { isRecipeFault, makeVariant, offerVariant } from '../recipe/make-variant.ts';
import { readParent } from '../recipe/model-source.ts';
import { RecipeError } from '../recipe/recipe-error.ts';
import { chooseRecipe, type ChosenRecipe } from '../recipe/registry.ts';
import { Workbench } from '../recipe/workbench.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { paint, printable, table } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

export interface VariantsOptions {
  readonly recipe: readonly string[];
  readonly exec: readonly string[];
  readonly out: string;
  readonly shape: readonly string[];
  readonly fill: readonly string[];
  readonly calibration: readonly string[];
  readonly samples?: number;
  readonly json?: true;
}

const LIMITS = { memoryBytes: 8 * 1024 ** 3, loadMs: 300_000, inferenceMs: 120_000 };
const MIB = 2 ** 20;

/** `NAME=VALUE`; a name may hold `=` no more than a shape or path may not. */
function pair(option: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) throw new UsageError(`--${option} takes INPUT=VALUE, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function inputSpecs(options: VariantsOptions): Record<string, InputSpec> {
  const specs: Record<string, { shape?: number[]; fill?: unknown }> = {};
  for (const text of options.shape) {
    const [name, value] = pair('shape', text);
    const shape = value.split(/[x,]/).map(Number);
    if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) throw new UsageError(`--shape ${text}: a shape is sizes joined by x, as in x=1x3x48x320`);
    specs[name] = { ...specs[name], shape };
  }
  for (const text of options.fill) {
    const [name, value] = pair('fill', text);
    const range = /^(-?\d+)\.\.(-?\d+)$/.exec(value);
    const fill = range === null ? (Number.isFinite(Number(value)) ? { constant: Number(value) } : value) : { integers: [Number(range[1]), Number(range[2])] };
    specs[name] = { ...specs[name], fill };
  }
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => {
    const read = inputSchema.safeParse(spec);
    if (!read.success) throw new UsageError(`--fill ${name}: use zeros, ones, normal, uniform, a number, or LOW..HIGH for whole numbers`);
    return [name, read.data];
  }));
}

/** `prune:sparsity=0.5:scope=layer`: numbers, true and false are read as such; `+` joins the items of a list, as in `ops=Conv+MatMul`. */
function readRecipe(text: string): ChosenRecipe {
  const [id = '', ...settings] = text.split(':');
  const parameters: Record<string, unknown> = {};
  for (const setting of settings) {
    const [key, value] = pair(`recipe ${id}`, setting);
    parameters[key] = value === 'true' ? true : value === 'false' ? false : Number.isFinite(Number(value)) ? Number(value) : value.includes('+') ? value.split('+') : value;
  }
  return chooseRecipe(id, parameters);
}

function readRecipes(options: VariantsOptions): ChosenRecipe[] {
  const named = options.recipe.flatMap((list) => list.split(',').map((item) => item.trim()).filter((item) => item !== ''));
  const chosen = [...named.map(readRecipe), ...options.exec.map((command) => chooseRecipe('exec', { command }))];
  if (chosen.length === 0) throw new UsageError('name at least one recipe: --recipe fp16,int8-dynamic');
  return chosen;
}

/** `rec.prune-sparsity-0.5.onnx`: the settings that were given apart from the defaults, so that two of one recipe do not share a name. */
function fileNames(stem: string, recipes: readonly ChosenRecipe[]): string[] {
  const taken = new Set<string>();
  return recipes.map((recipe) => {
    const defaults = recipe.id === 'exec' ? {} : chooseRecipe(recipe.id, {}).parameters;
    const settings = recipe.id === 'exec' ? [] : Object.entries(recipe.parameters).filter(([key, value]) => JSON.stringify(defaults[key]) !== JSON.stringify(value)).map(([key, value]) => `-${key}-${Array.isArray(value) ? value.join('+') : String(value)}`);
    const wanted = `${stem}.${recipe.id}${settings.join('').replaceAll(/[^\w.+-]/g, '_').slice(0, 120)}`;
    let name = `${wanted}.onnx`;
    for (let i = 2; taken.has(name); i++) name = `${wanted}-${i}.onnx`;
    taken.add(name);
    return name;
  });
}

type Row =
  | { readonly recipe: ChosenRecipe; readonly kind: 'made'; readonly file: string; readonly lineage: Lineage; readonly from: 'cache' | 'made' }
  | { readonly recipe: ChosenRecipe; readonly kind: 'failed'; readonly message: string };

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function printTable(rows: readonly Row[], out: NodeJS.WriteStream): void {
  const cells = rows.map((row) => {
    if (row.kind === 'failed') return [row.recipe.id, '—', '—', '—', '—', '—', '—', 'not made'];
    const { variant, parent, check, converted, kept } = row.lineage;
    return [
      row.recipe.id, printable(basename(row.file)), (variant.content.bytes / MIB).toFixed(2), `${(variant.content.bytes / parent.content.bytes * 100).toFixed(0)} %`,
      `${sum(Object.values(converted))} / ${sum(kept.map((item) => item.count))}`, check.maxRelError.toPrecision(2), check.cosine.toFixed(5),
      variant.content.sparsity === null || variant.content.sparsity < (parent.content.sparsity ?? 0) + 0.01 ? '' : `${(variant.content.sparsity * 100).toFixed(0)} % zeros`,
    ];
  });
  const [header = '', ...lines] = table(['recipe', 'file', 'MiB', 'of parent', 'ops converted / kept', 'max rel. error', 'cosine', 'note'], cells, new Set([2, 3, 4, 5, 6])).split('\n');
  out.write(`${paint(out, 'dim', header)}\n`);
  for (const [index, line] of lines.entries()) out.write(`${rows[index]?.kind === 'failed' ? paint(out, 'red', line) : line}\n`);
  for (const row of rows) {
    if (row.kind === 'failed') continue;
    const { kept, notes, variant } = row.lineage;
    out.write(`\n${paint(out, 'bold', row.recipe.id)}: ${row.recipe.expectation}\n`);
    out.write(`  holds ${Object.entries(variant.content.bytesByType).map(([type, bytes]) => `${type} ${(bytes / MIB).toFixed(2)} MiB`).join(', ') || 'no constants'}\n`);
    for (const item of kept) out.write(`  kept ${item.count} ${printable(item.op)}: ${printable(item.reason)}\n`);
    for (const note of notes) out.write(`  ${printable(note)}\n`);
  }
}

/** Advice for a suite file becomes advice for this command line. */
function forCommandLine(message: string): string {
  return message.replace(/say its size in the suite: .*$/s, 'say its sizes, as in --shape INPUT=1x3x48x320').replace(/say which values make sense, for example models\[.*$/s, 'say which values make sense, as in --fill INPUT=0..99');
}

/** `paddock variants MODEL.onnx --recipe … --out DIR`: makes variants, each loaded and run once beside its parent. */
export async function variants(modelPath: string, options: VariantsOptions, signal: AbortSignal): Promise<ExitCode> {
  const { cacheFolder, version, ...workplace } = thisWorkplace();
  const path = resolve(modelPath);
  const facts = await stat(path).catch(() => null);
  if (facts === null || !facts.isFile()) throw new UsageError(`there is no model file ${modelPath}`);
  const stem = basename(path).replace(/\.onnx$/i, '');
  try {
    const recipes = readRecipes(options);
    const inputs = inputSpecs(options);
    const model = modelSchema.parse({ id: stem.replaceAll(/[^\w.-]/g, '_').replace(/^[^A-Za-z0-9_]/, '_'), inputs, variants: [{ id: 'parent', file: path }], ...(options.samples === undefined ? {} : { samples: options.samples }) });
    const calibration = await openCalibration(model, Object.fromEntries(options.calibration.map((text) => pair('calibration', text))), process.cwd());
    const parent = await readParent(path);
    const names = fileNames(stem, recipes);
    await using workbench = new Workbench({
      device: new LocalDevice(), argv: builtInHarness({ cacheFolder, version, ...workplace }), limits: LIMITS, calibration, cacheFolder, signal,
      parent: { path, sha256: await sha256OfFile(path), bytes: facts.size, source: modelPath },
    });
    const rows: Row[] = [];
    for (const [index, recipe] of recipes.entries()) {
      const file = join(resolve(options.out), names[index] ?? '');
      process.stderr.write(`${recipe.id}: making ${names[index] ?? ''}\n`);
      try {
        const variant = await makeVariant({ parent, recipe, calibration, workbench, baseFolder: process.cwd(), cacheFolder, toolVersion: version });
        await offerVariant(variant, file);
        rows.push({ recipe, kind: 'made', file, lineage: variant.lineage, from: variant.from });
      } catch (error) {
        signal.throwIfAborted();
        if (!isRecipeFault(error)) throw error;
        if (error instanceof RecipeError && error.kind === 'calibration') throw error;
        rows.push({ recipe, kind: 'failed', message: error.message });
      }
    }
    const failed = rows.flatMap((row) => (row.kind === 'failed' ? [row] : []));
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ variants: rows.map((row) => (row.kind === 'failed' ? { recipe: row.recipe.id, parameters: row.recipe.disclosed, error: row.message } : { recipe: row.recipe.id, parameters: row.recipe.disclosed, file: row.file, from: row.from, lineage: row.lineage })) }, null, 2)}\n`);
    } else if (failed.length < rows.length) {
      printTable(rows, process.stdout);
      if (calibration.kind === 'generated') process.stdout.write(`\n${paint(process.stdout, 'yellow', 'warning')} the calibration inputs are generated noise: errors and calibrated ranges say nothing of real inputs; give --calibration INPUT=FOLDER of .npy files\n`);
    }
    for (const row of failed) process.stderr.write(`error: ${printable(row.message)}\n`);
    return failed.length === 0 ? EXIT.ok : EXIT.notAllValid;
  } catch (error) {
    signal.throwIfAborted();
    if (isRecipeFault(error)) throw new UsageError(forCommandLine(error.message));
    // What the system says of a file or a disk is the user's to mend.
    if (error instanceof Error && 'syscall' in error && 'code' in error) throw new UsageError(`${error.message}; check the folder of --out, its permissions and the space on its disk`);
    throw error;
  }
}
