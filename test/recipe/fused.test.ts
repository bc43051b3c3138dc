import { afterAll, expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { writeModel } from '../../src/onnx/model.ts';
import type { NodeParts } from '../../src/onnx/node.ts';
import { floatTensor } from '../../src/onnx/tensor.ts';
import { drawn, graph, model, value } from '../fixtures/onnx/build.ts';
import { Kitchen } from '../fixtures/recipe/make.ts';

const kitchen = new Kitchen();
afterAll(() => { kitchen[Symbol.dispose](); });

const number = (name: string, each: number) => floatTensor(name, [1], [each]);
const channels = (name: string, count: number) => {
  const random = seededRandom(name);
  return floatTensor(name, [1, count, 1, 1], Float64Array.from({ length: count }, () => 1 + 0.3 * normal(random)));
};
const positive = (name: string) => floatTensor(name, [8], Float64Array.from({ length: 8 }, (_, i) => 0.5 + i / 8));
const WEIGHTS = [
  drawn('k', [8, 4, 3, 3], 0.3), drawn('b', [8]), drawn('grouped', [8, 4, 3, 3], 0.3), drawn('pointwise', [4, 8, 1, 1], 0.3), number('two', 2), number('three', 3), number('zero', 0), number('six', 6), channels('eight', 8), channels('other', 8), channels('four', 4),
  positive('gamma'), positive('variance'), drawn('beta', [8]), drawn('mean', [8]),
];
const PADS = { attributes: { pads: [1n, 1n, 1n, 1n] } } as const;
const conv: NodeParts = { opType: 'Conv', input: ['x', 'k', 'b'], output: ['c'], ...PADS };
const SWISH: readonly NodeParts[] = [
  { opType: 'Add', input: ['three', 'c'], output: ['s1'] }, { opType: 'Clip', input: ['s1', 'zero', 'six'], output: ['s2'] }, { opType: 'Mul', input: ['s2', 'c'], output: ['s3'] }, { opType: 'Div', input: ['s3', 'six'], output: ['s'] },
];

/** Nodes behind `conv`, what the output y comes to be of, and the nodes that are left. */
const CASES: readonly (readonly [string, readonly NodeParts[], readonly string[]])[] = [
  ['factors, shifts and a normalization behind', [
    conv, { opType: 'Mul', input: ['eight', 'c'], output: ['d'] }, { opType: 'Sub', input: ['d', 'two'], output: ['e'] }, { opType: 'Div', input: ['e', 'other'], output: ['f'] },
    { opType: 'BatchNormalization', input: ['f', 'gamma', 'beta', 'mean', 'variance'], output: ['g'] }, { opType: 'Add', input: ['g', 'eight'], output: ['y'] },
  ], ['Conv']],
  ['a factor and a shift before a Conv without padding', [conv, { opType: 'Relu', input: ['c'], output: ['d'] }, { opType: 'Mul', input: ['eight', 'd'], output: ['e'] }, { opType: 'Add', input: ['e', 'other'], output: ['f'] }, { opType: 'Conv', input: ['f', 'pointwise'], output: ['y'] }], ['Conv', 'Relu', 'Conv']],
  ['a factor goes past the shift before a grouped Conv with padding', [
    conv, { opType: 'Relu', input: ['c'], output: ['d'] }, { opType: 'Mul', input: ['eight', 'd'], output: ['e'] }, { opType: 'Add', input: ['other', 'e'], output: ['f'] }, { opType: 'Conv', input: ['f', 'grouped', 'b'], output: ['y'], attributes: { group: 2n, pads: [1n, 1n, 1n, 1n] } },
  ], ['Conv', 'Relu', 'Add', 'Conv']],
  ['a shift before a Conv with padding stays', [conv, { opType: 'Relu', input: ['c'], output: ['d'] }, { opType: 'Sub', input: ['d', 'other'], output: ['e'] }, { opType: 'Conv', input: ['e', 'grouped'], output: ['f'], attributes: { group: 2n, pads: [1n, 1n, 1n, 1n] } }, { opType: 'Add', input: ['f', 'two'], output: ['y'] }], ['Conv', 'Relu', 'Sub', 'Conv']],
  ['what another node takes too stays', [conv, { opType: 'Mul', input: ['c', 'two'], output: ['d'] }, { opType: 'Add', input: ['d', 'c'], output: ['e'] }, { opType: 'Conv', input: ['e', 'pointwise'], output: ['f'] }, { opType: 'Mul', input: ['f', 'four'], output: ['y'] }], ['Conv', 'Mul', 'Add', 'Conv']],
  ['a hard swish', [conv, ...SWISH, { opType: 'Conv', input: ['s', 'pointwise'], output: ['y'] }], ['Conv', 'HardSigmoid', 'Mul', 'Conv']],
  ['one that is none: its sum is taken twice', [conv, ...SWISH, { opType: 'Conv', input: ['s', 'pointwise'], output: ['t'] }, { opType: 'Conv', input: ['s1', 'pointwise'], output: ['u'] }, { opType: 'Add', input: ['t', 'u'], output: ['y'] }], ['Conv', 'Add', 'Clip', 'Mul', 'Conv', 'Conv', 'Add']],
];

test.each(CASES)('%s', async (_, nodes, left) => {
  const made = await kitchen.make({ path: kitchen.write('m.onnx', writeModel(model(graph({ inputs: [value('x', [1, 4, 7, 6])], outputs: [value('y', [1, 'c', 7, 6])], nodes, weights: WEIGHTS })))), inputs: { x: { fill: 'normal' } } }, 'fp32-fused');
  expect(made.lineage.check.maxRelError).toBeLessThan(1e-5);
  expect(made.model.graph.node.map((node) => node.opType)).toEqual(left);
});

test('a model without such arithmetic is refused with the reason', async () => {
  const plain = writeModel(model(graph({ inputs: [value('x', [1, 4, 7, 6])], outputs: [value('y', [1, 8, 7, 6])], nodes: [{ ...conv, output: ['y'] }], weights: WEIGHTS })));
  await expect(kitchen.make({ path: kitchen.write('plain.onnx', plain), inputs: { x: { fill: 'normal' } } }, 'fp32-fused')).rejects.toThrow(/no constant arithmetic around a Conv/);
});
