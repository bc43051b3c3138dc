import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { modelSchema, runtimeSchema, workloadSchema } from '../../src/domain/suite.ts';
import { LocalDevice } from '../../src/device/local.ts';
import { sha256OfFile } from '../../src/harness/model-file.ts';
import { makeInputs } from '../../src/measure/inputs.ts';
import type { LaunchTarget } from '../../src/measure/target.ts';
import { computeReference, ReferenceMissing, referenceTarget, verify } from '../../src/measure/verification.ts';
import { findDelegate, findEngine } from '../../src/runtime/registry.ts';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';

const signal = AbortSignal.timeout(240_000);
let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'paddock verify ')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

async function target(operator: string): Promise<LaunchTarget> {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, onnxFile({ operator }));
  const model = modelSchema.parse({ id: 'm', samples: 1, variants: [{ id: 'v', file: 'model.onnx' }] });
  const engine = findEngine('onnxruntime');
  const delegate = engine === null ? null : findDelegate(engine, 'cpu');
  const [variant] = model.variants;
  if (engine === null || delegate === null || variant === undefined) throw new Error('no engine');
  return {
    device: new LocalDevice(), argv: [process.execPath, resolve('dist/harness-node.mjs')], model, variant, engine, delegate,
    case: { model: 'm', variant: 'v', runtime: 'onnxruntime', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'local', options: { threads: 1, batch: 1 } },
    file: { path, sha256: await sha256OfFile(path), bytes: 1, source: 'model.onnx' }, runtime: runtimeSchema.parse({ id: 'onnxruntime' }), workload: workloadSchema.parse({ id: 'w', scenario: 'single-stream' }),
    limits: { memoryBytes: 4e9, loadMs: 120_000, inferenceMs: 120_000 },
    makeInputs: (signature, batch) => makeInputs({ model, signature, batch, seed: 1, suiteFolder: folder, cacheFolder: join(folder, 'cache') }),
  };
}

const plain = (of: LaunchTarget, kind: 'reference' | 'itself') => () => computeReference(referenceTarget(of, of), kind, signal);

test('outputs equal to the reference and every node where it was asked for: ok', async () => {
  const of = await target('Identity');
  expect(await verify(of, plain(of, 'reference'), signal)).toMatchObject({ verdict: { status: 'ok' }, warnings: [], parity: { passed: true, maxAbsError: 0 } });
});

test('a model that is its own reference says so', async () => {
  const of = await target('Identity');
  const record = await verify(of, plain(of, 'itself'), signal);
  expect(record.verdict.status).toBe('ok');
  expect(record.warnings.map((warning) => warning.code)).toEqual(['self-reference']);
});

test('a reference that can not be had leaves the outputs unchecked: invalid, and no fault of the case', async () => {
  const of = await target('Identity');
  const missing = await verify(of, () => Promise.reject(new ReferenceMissing('the file of variant fp32 could not be had')), signal);
  expect(missing.verdict).toEqual({ status: 'invalid', reasons: [{ code: 'no-reference', message: 'the outputs are unchecked: the file of variant fp32 could not be had' }] });
  const broken = await verify(of, async () => computeReference(referenceTarget(await target('NoSuchOperator'), of), 'reference', signal), signal);
  expect(broken.verdict.status).toBe('invalid');
  expect(broken.verdict.reasons[0]?.message).toMatch(/^the reference could not be computed, so that the outputs are unchecked: ONNX Runtime refuses/);
});
