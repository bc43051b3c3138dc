import { seededRandom } from '../../src/domain/random.ts';
import { DTYPES, type Dtype, elementCount, isDtype } from '../../src/domain/tensor.ts';
import type { ConformanceModel } from './suite.ts';

export interface SampleTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

/** Seeded values in [-0.5, 0.5), or the model's constants; another seed is another sample. */
export function makeSample(model: ConformanceModel, seed: number): SampleTensor[] {
  const random = seededRandom(`${model.name}/${seed}`);
  return model.inputs.map(({ name, dtype }) => {
    if (!isDtype(dtype)) throw new Error(`${model.name}: dtype ${dtype}`);
    const shape = model.shapes[name] ?? [];
    const count = elementCount(shape);
    const bytes = Buffer.alloc(count * DTYPES[dtype]);
    const constant = model.constants?.[name];
    for (let i = 0; i < count; i++) {
      if (dtype === 'float32') bytes.writeFloatLE(constant ?? random() - 0.5, 4 * i);
      else if (dtype === 'int64') bytes.writeBigInt64LE(BigInt(constant ?? 0), 8 * i);
      else throw new Error(`${model.name}: no values for ${dtype}`);
    }
    return { name, dtype, shape, bytes };
  });
}
