import type { Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';

type TypedArray = Exclude<OrtTensor.DataType, readonly string[]>;

/**
 * A tensor as the native binding reads and makes them: own properties, no getters, no checks, and Uint16Array for float16, which is what the binding takes.
 * The binding goes through V8's interface for each property of each tensor at each inference. Alone that takes 6 µs a call; around Silero's 0.14 ms it takes 41 µs, around a
 * network of 1 to 2 ms 50 to 100 µs, spread evenly over some hundred functions of V8 (perf), as the network has swept their code and data out of the processor's caches. This
 * class takes about a tenth of that away; the rest is the binding's own, and is why only the native harness is exact below some 15 ms (bench:fidelity).
 */
export class PlainTensor {
  readonly type: OrtTensor.Type;
  readonly data: TypedArray | readonly string[];
  readonly dims: readonly number[];
  readonly location = 'cpu';

  constructor(type: OrtTensor.Type, data: TypedArray | readonly string[], dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

/** As the binding's own types want it, which name the whole class that it does not use. */
export const asTensorConstructor = PlainTensor as unknown as TensorConstructor;
export function asTensor(tensor: PlainTensor): OrtTensor {
  return tensor as unknown as OrtTensor;
}
