import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HarnessClient, type HarnessOptions } from '../../src/harness/client.ts';
import { DTYPES, type Dtype } from '../../src/domain/tensor.ts';
import { localTransport } from '../../src/transport/local.ts';
import { bundleNodeHarness } from './bundle.ts';
import { TRAINED_MODELS } from './models.ts';
import { makeSample } from './sample.ts';
import { identityModel } from './tiny-onnx.ts';
import { lacks } from '../lacks.ts';

const { folder, path } = await bundleNodeHarness();
const scratch = mkdtempSync(join(tmpdir(), 'paddock-node-harness-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(scratch, { recursive: true });
});

const MS = 120_000;
const OPTIONS = { threads: 1, graphOptimization: 'all' } as const;
const start = (options: Partial<HarnessOptions> = {}, ...runtimes: string[]) =>
  HarnessClient.start(localTransport, [process.execPath, path, ...runtimes], { signal: new AbortController().signal, helloTimeoutMs: MS, ...options });
const [orientation] = TRAINED_MODELS;

const TYPES: Readonly<Record<Dtype, number>> = { float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11, uint32: 12, uint64: 13 };

test.each(Object.entries(TYPES) as [Dtype, number][])('%s goes in and comes out as it was', async (dtype, type) => {
  const model = join(scratch, `${dtype}.onnx`);
  writeFileSync(model, identityModel(type, [2, 3]));
  await using client = await start({}, 'onnxruntime');
  const loaded = await client.load({ runtime: 'onnxruntime', model, delegate: 'cpu', options: OPTIONS }, MS);
  expect(loaded.inputs).toEqual([{ name: 'x', dtype, shape: [2, 3] }]);
  expect(loaded.outputs).toEqual([{ name: 'y', dtype, shape: [2, 3] }]);
  const bytes = Buffer.from(Array.from({ length: 6 * DTYPES[dtype] }, (_, i) => (dtype === 'bool' ? i % 2 : (i * 37 + 1) % 120)));
  await client.inputs({ samples: [[{ name: 'x', dtype, shape: [2, 3], data: bytes.toString('base64') }]] }, MS);
  expect((await client.infer({ sample: 0 }, MS)).outputs).toEqual([{ name: 'y', dtype, shape: [2, 3], data: bytes.toString('base64') }]);
  await client.inputs({ samples: [[{ name: 'x', dtype, shape: [2, 3], data: bytes.toString('base64') }]], carry: { x: 'y' } }, MS);
  expect((await client.run({ scenario: 'offline', count: 5, durationNs: 1e9, callsPerQuery: 1 }, MS)).latenciesNs).toHaveLength(5);
  await expect(client.inputs({ samples: [[{ name: 'x', dtype, shape: [2, 3], data: bytes.subarray(1).toString('base64') }]] }, MS)).rejects.toThrow(/bytes/);
});

test('only the runtimes that are named are carried; null alone loads no ONNX Runtime', { skip: process.platform !== 'linux' }, async () => {
  await using client = await start({}, 'null');
  expect(client.hello.runtimes.map((runtime) => runtime.name)).toEqual(['null']);
  await client.load({ runtime: 'null', model: null, delegate: 'cpu', options: OPTIONS }, MS);
  expect(readFileSync(`/proc/${client.hello.pid}/maps`, 'utf8')).not.toContain('onnxruntime');
  await using both = await start();
  expect(both.hello.runtimes.map((runtime) => runtime.name)).toEqual(['onnxruntime', 'null']);
  expect(readFileSync(`/proc/${both.hello.pid}/maps`, 'utf8')).toContain('onnxruntime');
});

test('an unknown runtime on the command line is told with exit code 2', async () => {
  await expect(start({}, 'abacus')).rejects.toMatchObject({ name: 'HarnessCrash', exitCode: 2, log: expect.stringContaining('abacus') as string });
});

test('ONNX Runtime sends and stores no usage data', async () => {
  const home = mkdtempSync(join(scratch, 'home-'));
  // ONNX Runtime also keeps quiet where CI is set; that must not be the reason.
  await using client = await start({ env: { HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, TMPDIR: home, CI: '', ORT_DISABLE_TELEMETRY: '' } });
  await client.load({ runtime: 'onnxruntime', model: orientation?.path ?? null, delegate: 'cpu', options: OPTIONS }, MS);
  await client.bye(MS);
  expect(readdirSync(home)).toEqual([]);
});

test('strict with the CPU, which falls back to nothing, loads', async () => {
  await using client = await start();
  expect(await client.load({ runtime: 'onnxruntime', model: orientation?.path ?? null, delegate: 'cpu', options: { ...OPTIONS, strict: true } }, MS)).toMatchObject({ event: 'loaded' });
});

test('free dimensions, which the binding would ignore, are refused', async () => {
  await using client = await start();
  const options = { ...OPTIONS, freeDimensions: { 'p2o.DynamicDimension.0': 1 } };
  await expect(client.load({ runtime: 'onnxruntime', model: orientation?.path ?? null, delegate: 'cpu', options }, MS)).rejects.toMatchObject({ code: 'bad-option' });
});

test('a GPU that is not there is an unknown delegate, with the reason', async () => {
  await using client = await start();
  const outcome: unknown = await client.load({ runtime: 'onnxruntime', model: orientation?.path ?? null, delegate: 'webgpu', options: OPTIONS }, MS).catch((error: unknown) => error);
  if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'HarnessRefusal', code: 'unknown-delegate', message: expect.stringContaining('webgpu') as string });
  else expect(outcome).toMatchObject({ event: 'loaded' });
});

/** Chromium's software Vulkan, where Debian's package put it. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

test.skipIf(lacks('SwiftShader (software Vulkan)', existsSync(SWIFTSHADER), 'apt-get install chromium'))('WebGPU on software Vulkan: the profile tells its nodes from those left on the CPU, and strict refuses those', async () => {
  const silero = TRAINED_MODELS.find((model) => model.carry !== undefined);
  if (silero === undefined) throw new Error('no model with a state');
  const env = { LD_LIBRARY_PATH: '/usr/lib/chromium', VK_DRIVER_FILES: SWIFTSHADER, VK_ICD_FILENAMES: SWIFTSHADER };
  const load = { runtime: 'onnxruntime', model: silero.path, delegate: 'webgpu' } as const;
  await using client = await start({ env });
  await expect(client.load({ ...load, options: { ...OPTIONS, strict: true } }, MS)).rejects.toMatchObject({ name: 'HarnessRefusal', code: 'fallback' });
  expect(await client.load({ ...load, options: { ...OPTIONS, profilePrefix: join(scratch, 'gpu') } }, MS)).toMatchObject({ softwareGpu: 'SwiftShader' });
  await client.inputs({ samples: [makeSample(silero, 0).map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }))] }, MS);
  await client.run({ scenario: 'single-stream', count: 1, durationNs: 0, callsPerQuery: 1 }, MS);
  const providers = new Set((await client.placement(MS)).nodes.map((node) => node.provider));
  expect(providers).toEqual(new Set(['WebGpuExecutionProvider', 'CPUExecutionProvider']));
  await client.bye(MS);
});
