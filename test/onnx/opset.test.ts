import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { opsetOf, writeModel } from '../../src/onnx/model.ts';
import type { NodeParts } from '../../src/onnx/node.ts';
import { raiseOpset } from '../../src/onnx/opset.ts';
import { floatTensor } from '../../src/onnx/tensor.ts';
import type { TensorProto } from '../../src/onnx/schema.ts';
import { drawn, graph, model, value } from '../fixtures/onnx/build.ts';

const SHAPE = [2, 3, 4, 5];

async function answers(bytes: Uint8Array): Promise<readonly unknown[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const random = seededRandom('x');
  const x = new ort.Tensor('float32', Float32Array.from({ length: 120 }, () => normal(random)), SHAPE);
  const { y } = await session.run({ x });
  return [y?.dims, [...((y?.data ?? []) as Float32Array)]];
}

/** One old node each, x[2,3,4,5] -> y, with what version 13 reads otherwise. */
const OLD: readonly (readonly [string, number, readonly NodeParts[], (readonly TensorProto[])?])[] = [
  ['Softmax over several axes', 9, [{ opType: 'Softmax', input: ['x'], output: ['y'], attributes: { axis: 1n } }]],
  ['Softmax without an axis', 9, [{ opType: 'Softmax', input: ['x'], output: ['y'] }]],
  ['LogSoftmax', 11, [{ opType: 'LogSoftmax', input: ['x'], output: ['y'], attributes: { axis: 2n } }]],
  ['Softmax over the last axis', 11, [{ opType: 'Softmax', input: ['x'], output: ['y'], attributes: { axis: -1n } }]],
  ['Clip', 9, [{ opType: 'Clip', input: ['x'], output: ['y'], attributes: { min: -0.5, max: 0.25 } }]],
  ['Clip from below', 9, [{ opType: 'Clip', input: ['x'], output: ['y'], attributes: { min: 0 } }]],
  ['Clip from above', 9, [{ opType: 'Clip', input: ['x'], output: ['y'], attributes: { max: 0.25 } }]],
  ['Slice', 9, [{ opType: 'Slice', input: ['x'], output: ['y'], attributes: { starts: [1n, 0n], ends: [3n, 2n], axes: [1n, 3n] } }]],
  ['Pad', 9, [{ opType: 'Pad', input: ['x'], output: ['y'], attributes: { mode: 'constant', pads: [0n, 0n, 1n, 2n, 0n, 0n, 0n, 1n], value: 1.5 } }]],
  ['Unsqueeze and Squeeze', 9, [{ opType: 'Unsqueeze', input: ['x'], output: ['u'], attributes: { axes: [1n] } }, { opType: 'Squeeze', input: ['u'], output: ['y'], attributes: { axes: [1n] } }]],
  ['ReduceSum', 11, [{ opType: 'ReduceSum', input: ['x'], output: ['y'], attributes: { axes: [1n, 2n], keepdims: 0n } }]],
  ['ReduceSum over all', 11, [{ opType: 'ReduceSum', input: ['x'], output: ['y'] }]],
  ['Split', 11, [{ opType: 'Split', input: ['x'], output: ['y', 'rest'], attributes: { axis: 1n, split: [1n, 2n] } }]],
  ['Dropout', 9, [{ opType: 'Dropout', input: ['x'], output: ['y'], attributes: { ratio: 0.7 } }]],
  ['TopK', 9, [{ opType: 'TopK', input: ['x'], output: ['y', 'i'], attributes: { axis: 3n, k: 2n } }]],
  ['Upsample', 9, [{ opType: 'Upsample', input: ['x', 's'], output: ['y'], attributes: { mode: 'nearest' } }], [floatTensor('s', [4], [1, 1, 2, 3])]],
  ['Resize linear', 10, [{ opType: 'Resize', input: ['x', 's'], output: ['y'], attributes: { mode: 'linear' } }], [floatTensor('s', [4], [1, 1, 2, 3])]],
];

test.each(OLD.map(([what, opset, nodes, weights]) => ({ what, opset, nodes, weights: weights ?? [] })))('$what of opset $opset answers the same in 13', async ({ opset, nodes, weights }) => {
  const old = model(graph({ inputs: [value('x', SHAPE)], outputs: [value('y', SHAPE.map((_, axis) => `d${axis}`))], nodes, weights }), opset);
  // The output's rank differs from node to node: what is declared is left open.
  for (const output of old.graph.output) if (output.type?.value.case === 'tensorType') delete output.type.value.value.shape;
  const before = await answers(writeModel(old));
  expect(raiseOpset(old, 13)).toBe(opset);
  expect(opsetOf(old)).toBe(13);
  expect(await answers(writeModel(old))).toEqual(before);
  expect(raiseOpset(old, 13)).toBeNull();
});

test.each([
  ['too old', 8, [{ opType: 'Relu', input: ['x'], output: ['y'] }], /opset 8.*older than 9.*export it/],
  ['unknown', 11, [{ opType: 'Frobnicate', input: ['x'], output: ['y'], name: 'f' }], /Frobnicate \("f"\).*does not have it.*export/],
  ['a mask', 9, [{ opType: 'Dropout', input: ['x'], output: ['y', 'mask'] }], /mask is used/],
] as const)('%s is refused with a reason', (_, opset, nodes, reason) => {
  const old = model(graph({ inputs: [value('x', SHAPE)], outputs: [value('y', SHAPE)], nodes, weights: [drawn('w', [2])] }), opset);
  expect(() => raiseOpset(old, 13)).toThrow(reason);
});
