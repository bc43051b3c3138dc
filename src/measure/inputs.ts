import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DTYPES, elementCount, isDtype, type Dtype, type TensorSignature } from '../domain/tensor.ts';
import { toFloat16Bits } from '../domain/half-float.ts';
import { normal, seededRandom, type Random } from '../domain/random.ts';
import type { Fill, InputSpec, ModelSpec } from '../domain/suite.ts';
import type { TensorRef } from '../harness/protocol.ts';
import { NpyError, parseNpy } from '../parse/npy.ts';

/** An input can not be made from what the suite says; the message names the model, the input and the line to write. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The cache can not be written: no fault of any case, so the run ends and can be resumed. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
  constructor(path: string, cause: unknown) {
    super(`generated inputs can not be kept in ${path}: ${cause instanceof Error ? cause.message : String(cause)}. Free space there, or set XDG_CACHE_HOME to a folder that can be written`, { cause });
  }
}

/** Inputs on this host as raw files, one list of tensors per sample, and one hash over all of them. */
export interface InputSet {
  readonly samples: readonly (readonly (TensorRef & { readonly path: string; readonly sha256: string })[])[];
  readonly sha256: string;
}

/** One empty sample, for an engine that takes no inputs. */
export const NO_INPUTS: InputSet = { samples: [[]], sha256: createHash('sha256').digest('hex') };

export interface InputContext {
  readonly model: ModelSpec;
  readonly signature: readonly TensorSignature[];
  readonly batch: number;
  readonly seed: number;
  readonly suiteFolder: string;
  readonly cacheFolder: string;
}

/** More bytes in one input tensor are refused: a typing mistake in a shape must not fill the disk. */
const MAX_TENSOR_BYTES = 1024 ** 3;

function resolveShape(name: string, spec: InputSpec, signature: TensorSignature, context: InputContext): number[] {
  const { model, batch } = context;
  const sizes: Readonly<Record<string, number>> = { ...model.dimensions, batch };
  const shape: readonly (number | string | null)[] = spec.shape ?? signature.shape;
  return shape.map((dimension, axis) => {
    if (typeof dimension === 'number') return dimension;
    const size = dimension === null ? undefined : sizes[dimension];
    if (size !== undefined) return size;
    throw new InputError(`model "${model.id}" leaves dimension ${axis}${dimension === null || dimension === '' ? '' : ` ("${dimension}")`} of its input "${name}" open (${JSON.stringify(signature.shape)}); `
      + `say its size in the suite: models[${model.id}].inputs: { ${JSON.stringify(name)}: { shape: [${shape.map((item) => (typeof item === 'number' ? item : '…')).join(', ')}] } }`);
  });
}

function drawer(fill: Fill, random: Random): () => number {
  if (fill === 'zeros') return () => 0;
  if (fill === 'ones') return () => 1;
  if (fill === 'normal') return () => normal(random);
  if (fill === 'uniform') return random;
  if ('constant' in fill) return () => fill.constant;
  if ('uniform' in fill) {
    const [low, high] = fill.uniform;
    return () => low + (high - low) * random();
  }
  const [low, high] = fill.integers;
  return () => low + Math.floor((high - low + 1) * random());
}

/** Raw little-endian bytes of `count` drawn values. */
function generate(dtype: Dtype, count: number, draw: () => number): Uint8Array {
  const fill = <T extends { [index: number]: number }>(array: T): T => {
    for (let i = 0; i < count; i++) array[i] = draw();
    return array;
  };
  switch (dtype) {
    case 'float32': return new Uint8Array(fill(new Float32Array(count)).buffer);
    case 'float64': return new Uint8Array(fill(new Float64Array(count)).buffer);
    case 'float16': return new Uint8Array(Uint16Array.from({ length: count }, () => toFloat16Bits(draw())).buffer);
    case 'int8': return new Uint8Array(fill(new Int8Array(count)).buffer);
    case 'uint8': return fill(new Uint8Array(count));
    case 'int16': return new Uint8Array(fill(new Int16Array(count)).buffer);
    case 'uint16': return new Uint8Array(fill(new Uint16Array(count)).buffer);
    case 'int32': return new Uint8Array(fill(new Int32Array(count)).buffer);
    case 'uint32': return new Uint8Array(fill(new Uint32Array(count)).buffer);
    case 'int64': return new Uint8Array(BigInt64Array.from({ length: count }, () => BigInt(Math.trunc(draw()))).buffer);
    case 'uint64': return new Uint8Array(BigUint64Array.from({ length: count }, () => BigInt(Math.trunc(draw()))).buffer);
    case 'bool': return Uint8Array.from({ length: count }, () => (draw() !== 0 ? 1 : 0));
    default: return dtype satisfies never;
  }
}

function isFloat(dtype: Dtype): boolean {
  return dtype.startsWith('float');
}

async function tensorOf(signature: TensorSignature, sample: number, context: InputContext): Promise<{ dtype: Dtype; shape: number[]; bytes: Uint8Array }> {
  const { model, seed } = context;
  const { name } = signature;
  const spec = model.inputs[name] ?? {};
  if (spec.file !== undefined) {
    const path = resolve(context.suiteFolder, spec.file);
    try {
      const array = parseNpy(await readFile(path));
      return { dtype: array.dtype, shape: [...array.shape], bytes: array.bytes };
    } catch (error) {
      if (error instanceof NpyError) throw new InputError(`${path} for input "${name}" of model "${model.id}" can not be used: ${error.message}`, { cause: error });
      throw new InputError(`${path} for input "${name}" of model "${model.id}" can not be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  if (!isDtype(signature.dtype)) throw new InputError(`input "${name}" of model "${model.id}" has type ${signature.dtype}, which Paddock can not generate; give a .npy file`);
  const { dtype } = signature;
  const shape = resolveShape(name, spec, signature, context);
  const count = elementCount(shape);
  if (count * DTYPES[dtype] > MAX_TENSOR_BYTES) throw new InputError(`input "${name}" of model "${model.id}" would take ${count * DTYPES[dtype]} bytes (shape ${JSON.stringify(shape)}); more than ${MAX_TENSOR_BYTES} is refused`);
  if (spec.fill === undefined && !isFloat(dtype)) {
    throw new InputError(`input "${name}" of model "${model.id}" holds ${dtype}: say which values make sense, for example models[${model.id}].inputs: { ${JSON.stringify(name)}: { fill: { integers: [0, 99] } } }`);
  }
  // The seed names model, input and sample, not variant and dtype: all variants of a model see the same numbers.
  const random = seededRandom(`${seed}/${model.id}/${name}/${sample}`);
  return { dtype, shape, bytes: generate(dtype, count, drawer(spec.fill ?? 'uniform', random)) };
}

async function store(bytes: Uint8Array, folder: string): Promise<{ path: string; sha256: string }> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = join(folder, `${sha256}.bin`);
  const there = await stat(path).then((facts) => facts.size === bytes.length, () => false);
  if (!there) {
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, bytes);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw new CacheError(folder, error);
    }
  }
  return { path, sha256 };
}

/** Makes the inputs of one model and batch size as files in the cache. The same suite and seed give the same bytes everywhere. Throws InputError and CacheError. */
export async function makeInputs(context: InputContext): Promise<InputSet> {
  const { model, signature } = context;
  const known = signature.map((input) => input.name);
  for (const name of [...Object.keys(model.inputs), ...Object.keys(model.carry)]) {
    if (!known.includes(name)) throw new InputError(`model "${model.id}" has no input "${name}"; it has: ${known.join(', ')}`);
  }
  const words = new Set(signature.flatMap((input) => [...input.shape, ...(model.inputs[input.name]?.shape ?? [])]));
  for (const name of Object.keys(model.dimensions)) {
    if (!words.has(name)) throw new InputError(`model "${model.id}" has no open dimension "${name}"; its open ones: ${[...words].filter((word) => typeof word === 'string' && word !== '').join(', ') || 'none'}`);
  }
  const generated = signature.some((input) => model.inputs[input.name]?.file === undefined);
  const sampleCount = generated ? model.samples : 1;
  const samples = [];
  for (let sample = 0; sample < sampleCount; sample++) {
    const tensors = [];
    for (const input of signature) {
      const { dtype, shape, bytes } = await tensorOf(input, sample, context);
      tensors.push({ name: input.name, dtype, shape, ...(await store(bytes, join(context.cacheFolder, 'inputs'))) });
    }
    samples.push(tensors);
  }
  const hash = createHash('sha256');
  for (const tensor of samples.flat()) hash.update(`${tensor.name}\0${tensor.dtype}\0${tensor.shape.join(',')}\0${tensor.sha256}\n`);
  return { samples, sha256: hash.digest('hex') };
}
