import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { usedWeights } from '../../src/onnx/weight-uses.ts';
import { contentOf } from '../../src/onnx/content.ts';
import { allScopes } from '../../src/onnx/graph.ts';
import { readModel } from '../../src/onnx/model.ts';
import { dimsOf, floatValues } from '../../src/onnx/tensor.ts';
import { digitClassifierBytes } from '../fixtures/onnx/build.ts';
import { Kitchen, REAL } from '../fixtures/recipe/make.ts';
import { lacks } from '../lacks.ts';

const first = new Kitchen();
const second = new Kitchen();
afterAll(() => { first[Symbol.dispose](); second[Symbol.dispose](); });
const digits = { path: first.write('digits.onnx', digitClassifierBytes()), inputs: { x: { fill: 'uniform' } } };

/** Debian's own: another `python3` that comes first on the path has no module `onnx`. */
const PYTHON = '/usr/bin/python3';
const noChecker = lacks('onnx.checker', spawnSync(PYTHON, ['-c', 'import onnx'], { stdio: 'ignore' }).status === 0, 'apt-get install python3-onnx');

/** Least cosine to the parent on noise: what each recipe keeps of a model. */
const CASES = [
  ['cls', 'fp16', {}, 0.999], ['cls', 'fp16', { mode: 'weights' }, 0.999], ['cls', 'prune', { sparsity: 0.1 }, 0.95], ['cls', 'int8-weights', {}, 0.999], ['cls', 'int8-weights', { scales: 'tensor' }, 0.9], ['cls', 'int8-dynamic', { ops: ['Conv', 'MatMul'] }, 0.99],
  ['cls', 'int8-static', { choose: 'all' }, 0.98], ['cls', 'fp32-fused', {}, 0.999999],
  ['rec', 'fp16', {}, 0.999], ['rec', 'int8-weights', {}, 0.98], ['rec', 'int8-dynamic', {}, 0.999], ['rec', 'fp32-fused', {}, 0.999999], ['rec', 'int8-static', { choose: 'all' }, 0.95],
  ['silero', 'fp16', {}, 0.999], ['silero', 'prune', { sparsity: 0.1, scope: 'layer' }, 0.95], ['silero', 'int8-weights', {}, 0.99], ['silero', 'int8-dynamic', { ops: ['Conv'] }, 0.99],
  ['digits', 'fp16', {}, 0.999], ['digits', 'prune', { sparsity: 0.3 }, 0.9], ['digits', 'int8-weights', { minElements: 1 }, 0.999], ['digits', 'int8-dynamic', {}, 0.999], ['digits', 'int8-static', { method: 'percentile' }, 0.99],
  ['digits', 'int8-static', { method: 'entropy' }, 0.99],
] as const;

test.each(CASES)('%s through %s %o runs like its parent, and is the same bytes each time', async (name, recipe, parameters, leastCosine) => {
  const source = name === 'digits' ? digits : REAL[name];
  const [a, b] = [await first.make(source, recipe, parameters), await second.make(source, recipe, parameters)];
  expect(a.from).toBe('made');
  expect(b.from).toBe('made');
  expect(Buffer.compare(a.bytes, b.bytes)).toBe(0);
  expect(a.lineage).toEqual(b.lineage);
  expect(a.lineage.check.cosine).toBeGreaterThan(leastCosine);
  expect(Object.values(a.lineage.converted).reduce((sum, count) => sum + count, 0) + a.lineage.notes.length).toBeGreaterThan(0);
  expect((await first.make(source, recipe, parameters)).from).toBe('cache');
});

test.skipIf(noChecker)('onnx.checker accepts every variant', async () => {
  const paths = [];
  for (const [name, recipe, parameters] of CASES) paths.push((await first.make(name === 'digits' ? digits : REAL[name], recipe, parameters)).path);
  execFileSync(PYTHON, ['-c', 'import onnx, sys\nfor path in sys.argv[1:]: onnx.checker.check_model(path, full_check=True)', ...paths]);
});

test('what is reported of the bytes is what is in the file', async () => {
  const half = await first.make(REAL.rec, 'fp16');
  const { parent, variant } = half.lineage;
  expect(variant.content.bytes).toBe(half.bytes.length);
  expect(variant.content.bytes / parent.content.bytes).toBeLessThan(0.52);
  expect(variant.content.bytesByType['float16']).toBeGreaterThan(5e6);
  expect(half.lineage.kept.some((item) => item.op === 'Add' && item.reason.includes('lost in float16'))).toBe(true);
  const pruned = await first.make(REAL.cls, 'prune', { sparsity: 0.4, scope: 'layer' });
  expect(pruned.lineage.variant.content.sparsity).toBeCloseTo(0.4, 2);
  expect(pruned.lineage.variant.content.bytes).toBe(pruned.lineage.parent.content.bytes);
});

test('the whole numbers in a file are the formula\'s, channel by channel', async () => {
  const { model } = await first.make(REAL.cls, 'int8-weights');
  const original = readModel(readFileSync(REAL.cls.path));
  const kernels = new Map(usedWeights(original.graph).filter(({ uses }) => uses.some(({ node, position }) => node.opType === 'Conv' && position === 1)).map(({ weight }) => [weight.name, weight.tensor]));
  const scope = allScopes(model.graph)[0];
  let compared = 0;
  for (const node of model.graph.node.filter((each) => each.opType === 'DequantizeLinear')) {
    const kernel = kernels.get(node.output[0] ?? '');
    if (kernel === undefined) continue;
    const values = floatValues(kernel) ?? new Float64Array();
    const codes = new Int8Array(scope?.weight(node.input[0] ?? '')?.weight.tensor.rawData ?? []);
    const perChannel = values.length / (dimsOf(kernel)[0] ?? 1);
    for (let at = 0; at < values.length; at += perChannel) {
      const channel = values.subarray(at, at + perChannel);
      const scale = Math.fround(channel.reduce((max, value) => Math.max(max, Math.abs(value)), 0) / 127) || 2 ** -126;
      for (const [i, value] of channel.entries()) {
        expect(Math.abs((codes[at + i] ?? 0) - value / scale)).toBeLessThanOrEqual(0.5);
        compared++;
      }
    }
  }
  expect(compared).toBeGreaterThan(50_000);
});

test('another model, setting, calibration or file of it makes another variant', async () => {
  const other = { ...digits, path: first.write('digits9.onnx', digitClassifierBytes(12)) };
  const hashes = new Set([await first.make(digits, 'int8-static'), await first.make(digits, 'int8-static', { method: 'entropy' }), await first.make({ ...digits, inputs: { x: { fill: 'normal' } } }, 'int8-static'), await first.make(other, 'int8-static')].map(({ path }) => path));
  expect(hashes.size).toBe(4);
});

test('a file of an older operator set holds what the parent holds', async () => {
  const old = { ...digits, path: first.write('old.onnx', digitClassifierBytes(9)) };
  const { lineage, model } = await first.make(old, 'int8-weights', { minElements: 1 });
  expect(lineage.notes).toContain('operator set raised from 9 to 13');
  expect(contentOf(model.graph).bytesByType['int8']).toBeGreaterThan(8000);
});
