import { fromFloat16Bits } from '../domain/half-float.ts';
import { elementCount, DTYPES, type Tensor } from '../domain/tensor.ts';

/** The bytes of a tensor do not fit its shape and type. */
export class TensorSizeError extends Error {
  override readonly name = 'TensorSizeError';
}

/** The elements as doubles; 64-bit integers lose what a double can't hold. Throws TensorSizeError. */
export function toNumbers(tensor: Tensor): Float64Array {
  const { dtype, bytes, shape, name } = tensor;
  const count = elementCount(shape);
  if (bytes.byteLength !== count * DTYPES[dtype]) throw new TensorSizeError(`output "${name}" has ${bytes.byteLength} bytes, its shape [${shape.join(', ')}] of ${dtype} asks for ${count * DTYPES[dtype]}`);
  // A copy: a Buffer's own `slice` is a view into a pool, at any offset.
  const { buffer } = new Uint8Array(bytes);
  switch (dtype) {
    case 'float32': return Float64Array.from(new Float32Array(buffer));
    case 'float64': return new Float64Array(buffer);
    case 'float16': return Float64Array.from(new Uint16Array(buffer), fromFloat16Bits);
    case 'int8': return Float64Array.from(new Int8Array(buffer));
    case 'uint8': case 'bool': return Float64Array.from(new Uint8Array(buffer));
    case 'int16': return Float64Array.from(new Int16Array(buffer));
    case 'uint16': return Float64Array.from(new Uint16Array(buffer));
    case 'int32': return Float64Array.from(new Int32Array(buffer));
    case 'uint32': return Float64Array.from(new Uint32Array(buffer));
    case 'int64': return Float64Array.from(new BigInt64Array(buffer), Number);
    case 'uint64': return Float64Array.from(new BigUint64Array(buffer), Number);
    default: return dtype satisfies never;
  }
}
