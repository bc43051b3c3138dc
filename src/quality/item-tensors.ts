import { readFile } from 'node:fs/promises';
import type { ModelSpec } from '../domain/suite.ts';
import { toFloat16Bits } from '../domain/half-float.ts';
import { isDtype, type Dtype, type Tensor, type TensorSignature } from '../domain/tensor.ts';
import type { Dataset, OpenItem } from './dataset-file.ts';
import type { Grid, ItemSource, Prepared } from './prepared.ts';
import { QualityError } from './quality-error.ts';

/** Files of this size and below are kept while the next item may need them again (one array that holds all items). */
const KEPT_BYTES = 512 * 1024 * 1024;

/** Reads items' files, the last one only once. */
export class ItemReader {
  readonly #dataset: Dataset;
  #kept: { readonly path: string; readonly bytes: Uint8Array } | null = null;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
  }

  async source(entry: OpenItem, input: string): Promise<ItemSource> {
    const where = `item ${entry.id} of ${this.#dataset.manifest.dataset}`;
    const { values } = entry.item;
    if (values !== undefined) {
      const own = Array.isArray(values) ? values : values[input];
      if (own === undefined) throw new QualityError('data', `${where} has no values for input "${input}"`);
      return { where, bytes: null, index: null, values: own };
    }
    const file = entry.files.get(input) ?? entry.files.get('');
    if (file === undefined) throw new QualityError('data', `${where} has no file for input "${input}"`);
    if (this.#kept?.path !== file.path) {
      const bytes = await readFile(file.path).catch((error: unknown) => {
        throw new QualityError('data', `${where}: ${file.path} can not be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      });
      this.#kept = bytes.length <= KEPT_BYTES ? { path: file.path, bytes } : null;
      return { where, bytes, index: file.index ?? null, values: null };
    }
    return { where, bytes: this.#kept.bytes, index: file.index ?? null, values: null };
  }
}

/** Raw little-endian bytes of numbers in the model's type. Throws QualityError where a number does not fit. */
function bytesOf(values: Float64Array, dtype: Dtype, where: string): Uint8Array {
  const whole = (low: number, high: number): Float64Array => {
    const wrong = values.find((value) => !Number.isInteger(value) || value < low || value > high);
    if (wrong !== undefined) throw new QualityError('step', `${where}: the model takes ${dtype}, and ${wrong} is none`);
    return values;
  };
  switch (dtype) {
    case 'float32': return new Uint8Array(Float32Array.from(values).buffer);
    case 'float64': return new Uint8Array(Float64Array.from(values).buffer);
    case 'float16': return new Uint8Array(Uint16Array.from(values, toFloat16Bits).buffer);
    case 'int8': return new Uint8Array(Int8Array.from(whole(-128, 127)).buffer);
    case 'uint8': return Uint8Array.from(whole(0, 255));
    case 'int16': return new Uint8Array(Int16Array.from(whole(-32768, 32767)).buffer);
    case 'uint16': return new Uint8Array(Uint16Array.from(whole(0, 65535)).buffer);
    case 'int32': return new Uint8Array(Int32Array.from(whole(-(2 ** 31), 2 ** 31 - 1)).buffer);
    case 'uint32': return new Uint8Array(Uint32Array.from(whole(0, 2 ** 32 - 1)).buffer);
    case 'int64': return new Uint8Array(BigInt64Array.from(whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), BigInt).buffer);
    case 'uint64': return new Uint8Array(BigUint64Array.from(whole(0, Number.MAX_SAFE_INTEGER), BigInt).buffer);
    case 'bool': return Uint8Array.from(whole(0, 1));
    default: return dtype satisfies never;
  }
}

/** A prepared input against what the model says of it: sizes that it leaves open are free, and those that the suite names count. Throws QualityError. */
export function checkShape(model: ModelSpec, signature: TensorSignature, { shape }: Grid, where: string): void {
  const sizes: Readonly<Record<string, number>> = { ...model.dimensions, batch: 1 };
  const wanted = signature.shape.map((size) => (typeof size === 'string' ? (sizes[size] ?? null) : size));
  if (wanted.length === shape.length && wanted.every((size, axis) => size === null || size < 0 || size === shape[axis])) return;
  throw new QualityError('step', `${where}: after its steps input "${signature.name}" has shape [${shape.join(', ')}], and the model takes [${signature.shape.map((size) => size ?? '?').join(', ')}]; mend the steps under quality.inputs.${signature.name}`);
}

/** An item's tensor for one input of the model. Throws QualityError. */
export function tensorOf(model: ModelSpec, signature: TensorSignature, prepared: Prepared, where: string): Tensor {
  if (prepared.kind !== 'grid') throw new QualityError('step', `quality.inputs.${signature.name} ends without numbers: a step that reads the item (png, npy, raw, wav, values) is missing`);
  if (!isDtype(signature.dtype)) throw new QualityError('step', `input "${signature.name}" has type ${signature.dtype}, which steps can not make`);
  checkShape(model, signature, prepared, where);
  const wrong = prepared.values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new QualityError('data', `${where}: number ${wrong} of input "${signature.name}" is not finite`);
  return { name: signature.name, dtype: signature.dtype, shape: prepared.shape, bytes: bytesOf(prepared.values, signature.dtype, where) };
}
