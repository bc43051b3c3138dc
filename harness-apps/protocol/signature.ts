import type { Tensor, TensorSignature } from '../../src/domain/tensor.ts';
import { Refusal } from './refusal.ts';

/** Signatures as an answer has them. */
export function toldSignatures(list: readonly TensorSignature[]) {
  return list.map(({ name, dtype, shape }) => ({ name, dtype, shape: [...shape] }));
}

/** Refuses a sample that does not fit the model's inputs by name, dtype, rank or a fixed dimension. */
export function checkSample(sample: readonly Tensor[], inputs: readonly TensorSignature[], index: number): void {
  const where = `sample ${index}`;
  for (const { name, dtype, shape } of inputs) {
    const given = sample.filter((tensor) => tensor.name === name);
    const tensor = given[0];
    if (tensor === undefined) throw new Refusal('bad-input', `${where}: input "${name}" is missing`);
    if (given.length > 1) throw new Refusal('bad-input', `${where}: input "${name}" is given ${given.length} times`);
    if (tensor.dtype !== dtype) throw new Refusal('bad-input', `${where}: input "${name}" is ${tensor.dtype}, the model takes ${dtype}`);
    const fits = tensor.shape.length === shape.length && shape.every((size, axis) => typeof size !== 'number' || size === tensor.shape[axis]);
    if (!fits) throw new Refusal('bad-input', `${where}: input "${name}" has shape [${tensor.shape.join(', ')}], the model takes [${shape.map((size) => size ?? '?').join(', ')}]`);
  }
  for (const { name } of sample) {
    if (!inputs.some((known) => known.name === name)) throw new Refusal('bad-input', `${where}: the model has no input "${name}"`);
  }
}
