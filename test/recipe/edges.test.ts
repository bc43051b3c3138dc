import { create } from '@bufbuild/protobuf';
import { truncateSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { contentOf } from '../../src/onnx/content.ts';
import { writeModel, type OnnxModel } from '../../src/onnx/model.ts';
import { makeNode } from '../../src/onnx/node.ts';
import { TensorSchema } from '../../src/onnx/schema.ts';
import { floatTensor, tensorBytes } from '../../src/onnx/tensor.ts';
import { digitClassifierBytes, drawn, graph, graphAttribute, model, value } from '../fixtures/onnx/build.ts';
import { npyFile } from '../data/npy-file.ts';
import { Kitchen, REAL } from '../fixtures/recipe/make.ts';

const kitchen = new Kitchen();
afterAll(() => { kitchen[Symbol.dispose](); });

const FLOATS = { x: { fill: 'normal' } };
const source = (name: string, made: OnnxModel, inputs: Readonly<Record<string, unknown>> = FLOATS) => ({ path: kitchen.write(`${name}.onnx`, writeModel(made)), inputs });

/** x -> x·w1·w1 + b, with branches that take the outer x and w1, and one weight that stands in an inner Constant node. */
function branches(): OnnxModel {
  const branch = (name: string, constant: string): ReturnType<typeof graph> => graph({
    name, outputs: [value(`${name}_out`, [4, 16])],
    nodes: [makeNode({ opType: 'Constant', input: [], output: [`${name}_w`], attributes: { value: drawn(constant, [16, 16]) } }), { opType: 'MatMul', input: ['h', `${name}_w`], output: [`${name}_m`] }, { opType: 'MatMul', input: [`${name}_m`, 'w1'], output: [`${name}_out`] }],
  });
  const choice = makeNode({ opType: 'If', input: ['yes'], output: ['y'] });
  choice.attribute.push(graphAttribute('then_branch', branch('then', 'a')), graphAttribute('else_branch', branch('else', 'b')));
  return model(graph({
    inputs: [value('x', [4, 16]), value('yes', [], 'bool')], outputs: [value('y', [4, 16]), value('h', [4, 16])], weights: [drawn('w1', [16, 16])],
    nodes: [{ opType: 'MatMul', input: ['x', 'w1'], output: ['m'] }, { opType: 'MatMul', input: ['m', 'w1'], output: ['h'] }, choice],
  }));
}

test.each(['fp16', 'int8-weights', 'int8-dynamic', 'int8-static', 'prune'])('%s: branches, names of the graph around, a shared weight, constants inside', async (recipe) => {
  const made = await kitchen.make(source('branches', branches(), { x: { fill: 'normal' }, yes: { fill: 'ones' } }), recipe, recipe === 'prune' ? { sparsity: 0.05 } : {});
  expect(made.lineage.check.cosine).toBeGreaterThan(0.98);
  // Two in the main graph, two in each branch.
  if (recipe !== 'int8-static') expect(made.lineage.converted['MatMul']).toBe(6);
  else {
    expect(made.lineage.converted).toEqual({ MatMul: 2 });
    expect(made.lineage.kept).toContainEqual({ op: 'MatMul', count: 4, reason: expect.stringContaining('subgraph') as unknown });
  }
});

test('fp16 keeps in float32 what would overflow, by constants and by observed ranges', async () => {
  const made = await kitchen.make(source('large', model(graph({
    inputs: [value('x', [1, 8])], outputs: [value('y', [1, 8])], weights: [floatTensor('big', [], [1e5]), floatTensor('thousand', [], [1000]), floatTensor('two', [], [2]), floatTensor('tiny', [], [1e-12])],
    nodes: [
      { opType: 'Mul', input: ['x', 'big'], output: ['a'] }, { opType: 'Div', input: ['a', 'big'], output: ['b'] }, { opType: 'Mul', input: ['b', 'thousand'], output: ['c'] }, { opType: 'Mul', input: ['c', 'thousand'], output: ['d'] },
      { opType: 'Sqrt', input: ['e'], output: ['f'] }, { opType: 'Mul', input: ['f', 'two'], output: ['g'] }, { opType: 'Add', input: ['g', 'tiny'], output: ['y'] },
    ].toSpliced(4, 0, { opType: 'Abs', input: ['d'], output: ['e'] }),
  }))), 'fp16');
  expect(made.lineage.check.maxRelError).toBeLessThan(2e-3);
  expect(made.lineage.kept.map(({ op, reason }) => `${op}: ${reason.replaceAll(/\d[\d.]*(e[+-]?\d+)?/g, '#')}`)).toEqual(expect.arrayContaining(['Mul: values of # are beyond float#\'s #', 'Div: values of # are beyond float#\'s #', 'Abs: values of # are beyond float#\'s #', 'Add: a constant of # is lost in float#']) as unknown);
  expect(made.lineage.converted['Mul']).toBeGreaterThan(0);
});

test('external data is brought in; missing, outside and cut-off data is refused by name', async () => {
  const weight = drawn('w', [16, 16]);
  const bytes = tensorBytes(weight) ?? new Uint8Array();
  const external = (entries: Readonly<Record<string, string>>): OnnxModel => model(graph({
    inputs: [value('x', [2, 16])], outputs: [value('y', [2, 16])], nodes: [{ opType: 'MatMul', input: ['x', 'w'], output: ['y'] }],
    weights: [create(TensorSchema, { name: 'w', dims: [16n, 16n], dataType: 1, dataLocation: 1, externalData: Object.entries(entries).map(([key, each]) => ({ key, value: each })) })],
  }));
  kitchen.write('weights.bin', Buffer.concat([Buffer.alloc(64), bytes]));
  const made = await kitchen.make(source('external', external({ location: 'weights.bin', offset: '64', length: String(bytes.length) })), 'prune', { sparsity: 0.1 });
  expect(contentOf(made.model.graph).bytesByType).toEqual({ float32: 1024 });
  expect(made.lineage.check.cosine).toBeGreaterThan(0.98);
  for (const [entries, reason] of [[{ location: 'nowhere.bin' }, /"nowhere.bin", which is not there/], [{ location: '../../etc/passwd' }, /outside|not there/], [{ location: '/etc/passwd' }, /not a path beside/], [{ location: 'weights.bin', offset: '1000', length: '900' }, /has 1088 bytes: 900 at 1000/]] as const) {
    await expect(kitchen.make(source('broken', external(entries)), 'prune')).rejects.toThrow(reason);
  }
});

test('a file of 2 GiB is refused before it is read', async () => {
  const path = kitchen.write('huge.onnx', digitClassifierBytes());
  truncateSync(path, 2 ** 31);
  await expect(kitchen.make({ path, inputs: FLOATS }, 'fp16')).rejects.toThrow(/2147483648 bytes.*2 GiB/);
});

test('what can not be done is one clear error, and leaves nothing behind', async () => {
  const relu = source('relu', model(graph({ inputs: [value('x', [1, 4])], outputs: [value('y', [1, 4])], nodes: [{ opType: 'Relu', input: ['x'], output: ['y'] }] })));
  for (const recipe of ['prune', 'int8-weights', 'int8-dynamic', 'int8-static']) await expect(kitchen.make(relu, recipe)).rejects.toThrow(/no .* to (quantize|prune)/);
  const digits = { path: kitchen.write('digits.onnx', digitClassifierBytes()), inputs: { x: { fill: 'uniform' } } };
  await expect(kitchen.make({ ...digits, inputs: { x: { shape: [1, 2, 28, 28] } } }, 'prune')).rejects.toThrow(/does not run on the calibration inputs.*shape \[1, 2, 28, 28\]/);
  await expect(kitchen.make({ ...digits, calibration: { x: '.' } }, 'int8-static')).rejects.toThrow(/has no \.npy files/);
  await expect(kitchen.make({ ...digits, calibration: { x: 'nowhere' } }, 'int8-static')).rejects.toThrow(/no file or folder .*nowhere/);
  kitchen.write('wide.npy', npyFile([1, 1, 28, 30], new Float32Array(840)));
  await expect(kitchen.make({ ...digits, calibration: { x: 'wide.npy' } }, 'int8-static')).rejects.toThrow(/shape \[1, 1, 28, 30\]/);
  const old = kitchen.write('old.onnx', digitClassifierBytes(8));
  await expect(kitchen.make({ ...digits, path: old }, 'int8-static')).rejects.toThrow(/opset 8.*older than 9.*export it/);
  const strange = source('strange', model(graph({ inputs: [value('x', [1, 4])], outputs: [value('y', [1, 4])], nodes: [{ opType: 'Frobnicate', input: ['x'], output: ['y'] }] })));
  await expect(kitchen.make(strange, 'fp16')).rejects.toThrow(/parent model does not run.*Frobnicate/s);
  await expect(kitchen.make(digits, 'int8-static', { keep: ['nobody'] })).rejects.toThrow(/keep names "nobody".*those are: c1/);
  await expect(kitchen.make({ path: kitchen.write('text.onnx', 'no model at all, but some text\n'), inputs: FLOATS }, 'fp16')).rejects.toThrow(/not an ONNX file/);
  expect(existsSync(join(kitchen.folder, 'cache', 'variants')) ? readdirSync(join(kitchen.folder, 'cache', 'variants')).filter((name) => name.includes('tmp')) : []).toEqual([]);
});

test('int8-static of a model whose products are all inside subgraphs is refused with that reason', async () => {
  await expect(kitchen.make(REAL.silero, 'int8-static')).rejects.toThrow(/no Conv, Gemm, MatMul .* in its main graph to quantize/);
});

test('ranges of a model with state are observed with its state carried on', async () => {
  const recurrent = source('recurrent', model(graph({
    inputs: [value('x', [1, 16]), value('before', [1, 16])], outputs: [value('y', [1, 16]), value('after', [1, 16])], weights: [drawn('w', [16, 16], 0.5), drawn('v', [16, 16], 0.5)],
    nodes: [{ opType: 'MatMul', input: ['x', 'w'], output: ['a'] }, { opType: 'MatMul', input: ['before', 'v'], output: ['b'] }, { opType: 'Add', input: ['a', 'b'], output: ['after'] }, { opType: 'Tanh', input: ['after'], output: ['y'] }],
  })), { x: { fill: 'normal' }, before: { fill: 'zeros' } });
  for (const recipe of ['fp16', 'int8-static']) expect((await kitchen.make({ ...recurrent, carry: { before: 'after' } }, recipe)).lineage.check.cosine).toBeGreaterThan(0.99);
});
