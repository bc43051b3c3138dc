import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DTYPE_NAMES, DTYPES, type Dtype } from '../../src/domain/tensor.ts';
import { modelSchema, type Fill } from '../../src/domain/suite.ts';
import { InputError, makeInputs, type InputSet } from '../../src/measure/inputs.ts';
import { toNumbers } from '../../src/measure/tensor-values.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'paddock inputs ')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

const model = (more: object = {}, id = 'm') => modelSchema.parse({ id, samples: 2, variants: [{ id: 'v', file: 'f' }], ...more });
interface Making { readonly more?: object; readonly dtype?: string; readonly shape?: readonly (number | string | null)[]; readonly seed?: number; readonly batch?: number; readonly cache?: string; readonly id?: string }
const make = ({ more = {}, dtype = 'float32', shape = [1, 64], seed = 1, batch = 1, cache = 'cache', id = 'm' }: Making = {}): Promise<InputSet> =>
  makeInputs({ model: model(more, id), signature: [{ name: 'x', dtype, shape }], batch, seed, suiteFolder: folder, cacheFolder: join(folder, cache) });
function valuesOf(set: InputSet, sample = 0): number[] {
  const tensor = set.samples[sample]?.[0];
  if (tensor === undefined) throw new Error('no tensor');
  return [...toNumbers({ name: 'x', dtype: tensor.dtype as Dtype, shape: tensor.shape, bytes: readFileSync(tensor.path) })];
}
const filled = (fill: Fill): object => ({ inputs: { x: { fill } } });

test('the same seed gives the same bytes, wherever the cache is; another seed, model or sample others', async () => {
  const first = await make();
  expect((await make({ cache: 'elsewhere' })).sha256).toBe(first.sha256);
  expect((await make({ seed: 2 })).sha256).not.toBe(first.sha256);
  expect((await make({ id: 'other' })).sha256).not.toBe(first.sha256);
  expect(valuesOf(first, 0)).not.toEqual(valuesOf(first, 1));
});

test('the numbers of a seed stay as they are from version to version', async () => {
  expect((await make({ shape: [2, 2] })).sha256).toMatchInlineSnapshot(`"fe68006afdc90db97d4f2ae2b146c75e6a9efda3ff7844bd89ed8b82a3996efe"`);
});

test.each(DTYPE_NAMES)('%s: as many bytes as its shape asks for, and values of the fill', async (dtype) => {
  const set = await make({ dtype, shape: [3, 5], more: filled({ integers: [0, 1] }) });
  const tensor = set.samples[0]?.[0];
  expect(tensor).toMatchObject({ dtype, shape: [3, 5] });
  expect(readFileSync(tensor?.path ?? '').length).toBe(15 * DTYPES[dtype]);
  expect(new Set(valuesOf(set))).toEqual(new Set([0, 1]));
});

test.each<[fill: Fill, low: number, high: number]>([
  ['zeros', 0, 0], ['ones', 1, 1], ['uniform', 0, 1], [{ constant: 7 }, 7, 7], [{ uniform: [-3, -2] }, -3, -2], [{ integers: [-2, 2] }, -2, 2], ['normal', -6, 6],
])('fill %j', async (fill, low, high) => {
  const values = valuesOf(await make({ shape: [1000], more: filled(fill) }));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
  expect(Math.max(...values)).toBeLessThanOrEqual(high);
  if (fill === 'normal') expect(values.reduce((sum, x) => sum + x * x, 0) / 1000).toBeCloseTo(1, 0);
  if (typeof fill === 'object' && 'integers' in fill) expect(new Set(values).size).toBe(5);
});

test.each<[value: number, half: number]>([
  [1, 1], [-2, -2], [0.1, 0.0999755859375], [65504, 65504], [65519, 65504], [65520, Infinity], [2049, 2048], [2051, 2052], [2 ** -24, 2 ** -24], [2 ** -25, 0], [2 ** -25 * 1.01, 2 ** -24], [6e-5, 6.0021877288818359e-5], [1e-9, 0],
])('float16 of %f is the nearest, ties to even: %f', async (value, half) => {
  expect(valuesOf(await make({ dtype: 'float16', shape: [1], more: filled({ constant: value }) }))).toEqual([half]);
});

test('a batch and named dimensions fill in what the model leaves open', async () => {
  const set = await make({ shape: [null, 'width', 3], batch: 4, more: { dimensions: { width: 7 }, inputs: { x: { shape: ['batch', 'width', 3] } } } });
  expect(set.samples[0]?.[0]?.shape).toEqual([4, 7, 3]);
});

test.each<[name: string, making: Making, message: RegExp]>([
  ['an open dimension', { shape: [null, 3] }, /dimension 0 of its input "x" open.*shape: \[…, 3\]/],
  ['an integer input without a fill', { dtype: 'int64' }, /say which values make sense/],
  ['a type that can not be made', { dtype: 'string' }, /has type string, which Paddock can not generate/],
  ['an input that the model does not have', { more: { inputs: { y: { fill: 'ones' } } } }, /has no input "y"; it has: x/],
  ['state for an input that the model does not have', { more: { carry: { h: 'hn' } } }, /has no input "h"/],
  ['a tensor beyond the limit', { shape: [2 ** 20, 2 ** 20] }, /more than 1073741824 is refused/],
])('%s is refused with what to write', async (_, making, message) => {
  await expect(make(making)).rejects.toThrow(InputError);
  await expect(make(making)).rejects.toThrow(message);
});

test('an input from a .npy file is one sample, as it is', async () => {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }`.padEnd(117) + '\n';
  writeFileSync(join(folder, 'in put.npy'), Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, header.length, 0]), Buffer.from(header), Buffer.from(Float32Array.of(1.5, -2).buffer)]));
  const set = await make({ shape: [2], more: { inputs: { x: { file: 'in put.npy' } } } });
  expect(set.samples).toHaveLength(1);
  expect(valuesOf(set)).toEqual([1.5, -2]);
});

test('a dimension that the model does not have is refused, with those it has', async () => {
  await expect(make({ more: { dimensions: { hieght: 5 } }, shape: [1, 'height'] })).rejects.toThrow('model "m" has no open dimension "hieght"; its open ones: height');
});
