import type { Dtype } from '../../src/domain/tensor.ts';

/** The array over a copy of the bytes that ONNX Runtime's JavaScript interfaces take for each dtype. */
export function typedArray(dtype: Dtype, bytes: Uint8Array) {
  const { buffer } = Uint8Array.from(bytes);
  switch (dtype) {
    case 'float32': return new Float32Array(buffer);
    case 'float64': return new Float64Array(buffer);
    case 'float16': return new Uint16Array(buffer);
    case 'int8': return new Int8Array(buffer);
    case 'uint8': return new Uint8Array(buffer);
    case 'int16': return new Int16Array(buffer);
    case 'uint16': return new Uint16Array(buffer);
    case 'int32': return new Int32Array(buffer);
    case 'uint32': return new Uint32Array(buffer);
    case 'int64': return new BigInt64Array(buffer);
    case 'uint64': return new BigUint64Array(buffer);
    case 'bool': return new Uint8Array(buffer);
  }
}
