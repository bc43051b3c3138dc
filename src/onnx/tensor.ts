import { create } from '@bufbuild/protobuf';
import { fromBfloat16Bits, fromFloat16Bits, toBfloat16Bits, toFloat16Bits } from '../domain/half-float.ts';
import { bytesOf, DATA_TYPE, dataTypeName } from './data-type.ts';
import { OnnxError } from './onnx-error.ts';
import { TensorSchema, type TensorProto } from './schema.ts';

/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1;

export function isExternal(tensor: TensorProto): boolean {
  return tensor.dataLocation === EXTERNAL;
}

export function dimsOf(tensor: TensorProto): number[] {
  return tensor.dims.map(Number);
}

export function elementsOf(tensor: TensorProto): number {
  return dimsOf(tensor).reduce((product, size) => product * size, 1);
}

/** Little-endian bytes of `raw_data` or of the typed field. Null for strings and unknown types. Throws OnnxError when the tensor has another number of elements than its shape. */
export function tensorBytes(tensor: TensorProto): Uint8Array | null {
  if (isExternal(tensor)) throw new OnnxError('external-data', `the data of tensor "${tensor.name}" is in another file and was not read`);
  const expected = bytesOf(tensor.dataType, elementsOf(tensor));
  if (expected === null) return null;
  const bytes = tensor.rawData.length > 0 ? tensor.rawData : typedBytes(tensor);
  if (bytes.length !== expected) throw new OnnxError('not-onnx', `tensor "${tensor.name}" has ${bytes.length} bytes; its shape [${dimsOf(tensor).join(', ')}] of ${dataTypeName(tensor.dataType)} asks for ${expected}`);
  return bytes;
}

function typedBytes(tensor: TensorProto): Uint8Array {
  const of = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  switch (tensor.dataType) {
    case DATA_TYPE.float32: case DATA_TYPE.complex64: return of(Float32Array.from(tensor.floatData));
    case DATA_TYPE.float64: case DATA_TYPE.complex128: return of(Float64Array.from(tensor.doubleData));
    case DATA_TYPE.int64: return of(BigInt64Array.from(tensor.int64Data));
    case DATA_TYPE.uint64: return of(BigUint64Array.from(tensor.uint64Data));
    case DATA_TYPE.uint32: return of(Uint32Array.from(tensor.uint64Data, Number));
    case DATA_TYPE.int32: return of(Int32Array.from(tensor.int32Data));
    case DATA_TYPE.int16: case DATA_TYPE.uint16: case DATA_TYPE.float16: case DATA_TYPE.bfloat16: return of(Uint16Array.from(tensor.int32Data));
    default: return Uint8Array.from(tensor.int32Data);
  }
}

/** The elements of a floating-point tensor (32, 64, 16 bit, bfloat16) as doubles; null for another type. */
export function floatValues(tensor: TensorProto): Float64Array | null {
  const { dataType } = tensor;
  if (dataType !== DATA_TYPE.float32 && dataType !== DATA_TYPE.float64 && dataType !== DATA_TYPE.float16 && dataType !== DATA_TYPE.bfloat16) return null;
  const bytes = tensorBytes(tensor);
  if (bytes === null) return null;
  // A copy: raw data starts at any offset, a typed array only at multiples of its element.
  const { buffer } = new Uint8Array(bytes);
  if (dataType === DATA_TYPE.float32) return Float64Array.from(new Float32Array(buffer));
  if (dataType === DATA_TYPE.float64) return new Float64Array(buffer);
  return Float64Array.from(new Uint16Array(buffer), dataType === DATA_TYPE.float16 ? fromFloat16Bits : fromBfloat16Bits);
}

/** The elements of a whole-number tensor; null for another type. */
export function integerValues(tensor: TensorProto): bigint[] | null {
  const bytes = tensorBytes(tensor);
  if (bytes === null) return null;
  const { buffer } = new Uint8Array(bytes);
  switch (tensor.dataType) {
    case DATA_TYPE.int64: return [...new BigInt64Array(buffer)];
    case DATA_TYPE.int32: return Array.from(new Int32Array(buffer), BigInt);
    default: return null;
  }
}

function rawTensor(name: string, dataType: number, dims: readonly number[], data: ArrayBufferView): TensorProto {
  return create(TensorSchema, { name, dataType, dims: dims.map(BigInt), rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
}

export type FloatType = 'float32' | 'float16' | 'bfloat16';

/** A tensor of numbers, rounded to the type to nearest even. */
export function floatTensor(name: string, dims: readonly number[], values: Float64Array | Float32Array | readonly number[], type: FloatType = 'float32'): TensorProto {
  const data = type === 'float32' ? Float32Array.from(values) : Uint16Array.from(values, type === 'float16' ? toFloat16Bits : toBfloat16Bits);
  return rawTensor(name, DATA_TYPE[type], dims, data);
}

export function integerTensor(name: string, dims: readonly number[], values: Int8Array | Uint8Array | Int32Array | BigInt64Array): TensorProto {
  const type = values instanceof Int8Array ? 'int8' : values instanceof Uint8Array ? 'uint8' : values instanceof Int32Array ? 'int32' : 'int64';
  return rawTensor(name, DATA_TYPE[type], dims, values);
}
