import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DTYPES, type Dtype } from '../../src/domain/tensor.ts';
import { lacksChromium, SOFTWARE_GPU, WEBNN } from '../chromium.ts';
import { undisturbed } from './answers.ts';
import { NO_MODEL, TRAINED_MODELS } from './models.ts';
import { makeSample } from './sample.ts';
import { identityModel, pairSumModel } from './tiny-onnx.ts';
import { WebPage } from './web-page.ts';

const MS = 120_000;
const OPTIONS = { threads: 1, graphOptimization: 'all' } as const;
const FACE = new URL('../../node_modules/@mediapipe/face_detection/face_detection_short_range.tflite', import.meta.url).pathname;
const silero = TRAINED_MODELS.find((model) => model.carry !== undefined);
if (silero === undefined) throw new Error('no model with a state');
const TYPES: Readonly<Record<Dtype, number>> = { float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11, uint32: 12, uint64: 13 };

function floats(data: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer);
}

describe.skipIf(lacksChromium)('web harness', () => {
  let page: WebPage;
  let folder = '';
  beforeAll(async () => {
    page = await WebPage.open([...SOFTWARE_GPU, WEBNN]);
    folder = mkdtempSync(join(tmpdir(), 'paddock-web-'));
  });
  afterAll(async () => {
    await page[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test('says what the browser is: isolation, threads, SIMD, the GPU and its name, WebNN with the browser\'s own reason, visibility', async () => {
    await using client = await page.start();
    expect(client.hello.browser).toMatchObject({
      crossOriginIsolated: true, secureContext: true, simd: true, threads: true, visibility: 'visible', userAgent: expect.stringContaining('Chrom') as string,
      gpu: { vendor: 'google', architecture: 'swiftshader', fallback: true },
    });
    expect(client.hello.clockResolutionNs).toBeLessThanOrEqual(100_000);
    const webnn = client.hello.browser?.webnn;
    const offered = client.hello.runtimes.find(({ name }) => name === 'onnxruntime')?.delegates.map(({ name }) => name);
    expect(offered).toEqual(['cpu', 'webgpu']);
    for (const kind of ['cpu', 'gpu', 'npu'] as const) {
      expect(webnn?.[kind]).toMatch(/Failed to execute 'createContext' on 'ML'.*not supported on this platform/);
      const load = { runtime: 'onnxruntime', delegate: `webnn-${kind}`, model: await page.place.bring(silero.path ?? ''), options: OPTIONS };
      await expect(client.load(load, MS)).rejects.toMatchObject({ code: 'unknown-delegate', message: expect.stringContaining(webnn?.[kind] ?? '') as string });
    }
  });

  test('runs as many threads as were asked for, counted, and refuses another number in the same page', async () => {
    const twoThreads = { ...OPTIONS, threads: 2 };
    const models = { onnxruntime: silero.path ?? '', litert: FACE };
    for (const [runtime, path] of Object.entries(models)) {
      await using client = await page.start();
      const model = await page.place.bring(path);
      const wrong = await page.place.bring(runtime === 'litert' ? silero.path ?? '' : FACE);
      await expect(client.load({ runtime, delegate: 'cpu', model: wrong, options: twoThreads }, MS)).rejects.toMatchObject({ code: 'model-invalid' });
      await expect(client.load({ runtime, delegate: 'cpu', model, options: { ...OPTIONS, threads: 1 } }, MS)).rejects.toMatchObject({ code: 'bad-option', message: expect.stringContaining('load the page again') as string });
      expect(await client.load({ runtime, delegate: 'cpu', model, options: twoThreads }, MS)).toMatchObject({ threads: 2 });
      expect(await client.memory(MS)).toMatchObject({ method: expect.stringContaining('threads') as string });
    }
  });

  test('each type goes in and comes out as it was', async () => {
    for (const [dtype, type] of Object.entries(TYPES) as [Dtype, number][]) {
      await using client = await page.start();
      const path = join(folder, `${dtype}.onnx`);
      writeFileSync(path, identityModel(type, [2, 3]));
      expect(await client.load({ runtime: 'onnxruntime', model: await page.place.bring(path), delegate: 'cpu', options: OPTIONS }, MS)).toMatchObject({ inputs: [{ name: 'x', dtype, shape: [2, 3] }] });
      const data = Buffer.from(Array.from({ length: 6 * DTYPES[dtype] }, (_, i) => (dtype === 'bool' ? i % 2 : (i * 37 + 1) % 120))).toString('base64');
      await client.inputs({ samples: [[{ name: 'x', dtype, shape: [2, 3], data }]] }, MS);
      expect((await client.infer({ sample: 0 }, MS)).outputs).toEqual([{ name: 'y', dtype, shape: [2, 3], data }]);
    }
  });

  test('calls shorter than the clock\'s steps are timed in groups, never as 0', undisturbed(async () => {
    await using client = await page.start();
    await client.load({ runtime: 'null', delegate: 'cpu', model: null, options: OPTIONS }, MS);
    await client.inputs({ samples: [[]] }, MS);
    const { latenciesNs, groupSize, startNs, endNs } = await client.run({ scenario: 'single-stream', count: 10, durationNs: 10e9, callsPerQuery: 1 }, MS);
    expect(groupSize).toBeGreaterThan(100);
    expect(latenciesNs.every((each) => each > 0)).toBe(true);
    expect((endNs - startNs) / 10).toBeGreaterThan(client.hello.clockResolutionNs);
  }));

  test('all batches of a launch time as many queries at once, and a model that the clock can tell is called only as often as asked', undisturbed(async () => {
    // A size that was found on a slow machine is given up when the machine gets fast: then another launch is asked.
    const sizesOfLaunch = async (): Promise<ReadonlySet<number | undefined>> => {
      await using short = await page.start();
      await short.load({ runtime: 'null', delegate: 'cpu', model: null, options: OPTIONS }, MS);
      await short.inputs({ samples: [[]] }, MS);
      const sizes: (number | undefined)[] = [];
      for (let i = 0; i < 4; i++) sizes.push((await short.run({ scenario: 'single-stream', count: 2000, durationNs: 1e9, callsPerQuery: 1 }, MS)).groupSize);
      return new Set(sizes.slice(1));
    };
    let sizes = await sizesOfLaunch();
    for (let tries = 1; sizes.size > 1 && tries < 10; tries++) sizes = await sizesOfLaunch();
    expect(sizes.size).toBe(1);
    await using client = await page.start();
    const model = TRAINED_MODELS[0] ?? NO_MODEL;
    await client.load({ runtime: 'onnxruntime', delegate: 'cpu', model: await page.place.bring(model.path ?? ''), options: { ...OPTIONS, profilePrefix: 'p' } }, MS);
    await client.inputs({ samples: [makeSample(model, 0).map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }))] }, MS);
    await client.run({ scenario: 'single-stream', count: 1, durationNs: 0, callsPerQuery: 1 }, MS);
    await client.run({ scenario: 'single-stream', count: 3, durationNs: 60e9, callsPerQuery: 1 }, MS);
    await client.run({ scenario: 'multi-stream', count: 1, durationNs: 60e9, callsPerQuery: 4 }, MS);
    expect(Math.max(...(await client.placement(MS)).nodes.map(({ calls }) => calls))).toBe(8);
  }));

  test('WebGPU on SwiftShader is called software, its profile tells GPU from CPU nodes, strict refuses those, and outputs are the CPU\'s', async () => {
    // Not Silero VAD, which has a convolution of 129 channels: see the next test.
    const model = TRAINED_MODELS[0] ?? NO_MODEL;
    const load = { runtime: 'onnxruntime', model: await page.place.bring(model.path ?? ''), options: OPTIONS } as const;
    const outputs = [];
    for (const delegate of ['cpu', 'webgpu'] as const) {
      await using client = await page.start();
      if (delegate === 'webgpu') await expect(client.load({ ...load, delegate, options: { ...OPTIONS, strict: true } }, MS)).rejects.toMatchObject({ code: 'fallback' });
      const loaded = await client.load({ ...load, delegate, options: { ...OPTIONS, profilePrefix: 'p' } }, MS);
      expect(loaded.softwareGpu).toBe(delegate === 'webgpu' ? 'SwiftShader' : undefined);
      await client.inputs({ samples: [makeSample(model, 0).map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }))] }, MS);
      outputs.push((await client.infer({ sample: 0 }, 120_000)).outputs.map(({ data }) => floats(data)));
      const providers = new Set((await client.placement(MS)).nodes.map((node) => node.provider));
      expect(providers).toEqual(new Set(delegate === 'cpu' ? ['CPUExecutionProvider'] : ['WebGpuExecutionProvider', 'CPUExecutionProvider']));
    }
    const [cpu = [], gpu = []] = outputs;
    for (const [index, expected] of cpu.entries()) expect(Math.max(...expected.map((value, at) => Math.abs(value - (gpu[index]?.[at] ?? Number.NaN))))).toBeLessThan(1e-3);
  });

  // Where channels are a multiple of 3 and not of 4, and filters a multiple of 4, its shader takes channels by threes and reads channel 3j + i at floor(3j / 4) + i. A version that mends this fails here: then README's limit and what bench:browsers expects of Silero VAD go too.
  test.each([[6, [2, 4, 6, 2, 4, 6, 0, 0]], [12, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24]]])('ONNX Runtime\'s WebGPU provider convolves %i channels as README says', async (channels, onGpu) => {
    const path = join(folder, `pairs-${channels}.onnx`);
    writeFileSync(path, pairSumModel(channels, onGpu.length, 3));
    const shape = [1, channels, 3];
    const data = Buffer.from(Float32Array.from({ length: channels * 3 }, (_, at) => Math.floor(at / 3) + 1).buffer).toString('base64');
    const right = onGpu.map((_, filter) => (filter < channels ? 2 * (filter + 1) : 0));
    for (const [delegate, sums] of [['cpu', right], ['webgpu', onGpu]] as const) {
      await using client = await page.start();
      await client.load({ runtime: 'onnxruntime', model: await page.place.bring(path), delegate, options: OPTIONS }, MS);
      await client.inputs({ samples: [[{ name: 'x', dtype: 'float32', shape, data }]] }, MS);
      expect([...floats((await client.infer({ sample: 0 }, MS)).outputs[0]?.data ?? '')]).toEqual(sums.flatMap((sum) => [sum, sum]));
    }
  });

  test('LiteRT on SwiftShader is called software, its whole graph is on the GPU, and outputs are the CPU\'s', async () => {
    const outputs = [];
    for (const delegate of ['cpu', 'webgpu'] as const) {
      await using client = await page.start();
      const loaded = await client.load({ runtime: 'litert', model: await page.place.bring(FACE), delegate, options: { ...OPTIONS, profilePrefix: 'p', strict: delegate === 'webgpu' } }, MS);
      expect(loaded.softwareGpu).toBe(delegate === 'webgpu' ? 'SwiftShader' : undefined);
      const [input] = loaded.inputs;
      if (input === undefined) throw new Error('the model has no input');
      const shape = input.shape.map(Number);
      const data = Buffer.from(Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, at) => Math.sin(at)).buffer).toString('base64');
      await client.inputs({ samples: [[{ name: input.name, dtype: 'float32', shape, data }]] }, MS);
      outputs.push((await client.infer({ sample: 0 }, MS)).outputs.map((output) => floats(output.data)));
      expect((await client.placement(MS)).nodes.map(({ provider }) => provider)).toEqual([delegate === 'webgpu' ? 'LiteRT WebGPU' : 'LiteRT CPU']);
    }
    const [cpu = [], gpu = []] = outputs;
    expect(cpu.length).toBeGreaterThan(0);
    for (const [index, expected] of cpu.entries()) expect(Math.max(...expected.map((value, at) => Math.abs(value - (gpu[index]?.[at] ?? Number.NaN))))).toBeLessThan(1e-3 * Math.max(...expected.map(Math.abs)));
  });

  test('a model larger than a tab can hold is refused with the numbers, and the page goes on', async () => {
    await using client = await page.start();
    const path = join(folder, 'huge.onnx');
    writeFileSync(path, '');
    truncateSync(path, 3 * 2 ** 30);
    const model = page.host.offer(path, '0'.repeat(64));
    await expect(client.load({ runtime: 'onnxruntime', delegate: 'cpu', model, options: OPTIONS }, MS)).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringMatching(/3221225472 bytes; a tab can hold/) as string });
    writeFileSync(join(folder, 'none.onnx'), 'no model');
    const wrong = await page.place.bring(join(folder, 'none.onnx'));
    const [, secret = '', sha256 = ''] = /^\/files\/([^/]+)\/(.+)$/.exec(wrong) ?? [];
    // What is told is stored and shown: a file's name, never the path's secret.
    for (const path of [wrong, wrong.replace(sha256, '1'.repeat(64))]) {
      const refusal = await client.load({ runtime: 'onnxruntime', delegate: 'cpu', model: path, options: OPTIONS }, MS).catch(String);
      expect(refusal).toContain(path.slice(-64, -52));
      expect(refusal).not.toContain(secret);
    }
    await client.load({ runtime: 'onnxruntime', delegate: 'cpu', model: await page.place.bring(silero.path ?? ''), options: OPTIONS }, MS);
  });

  test('a model that the engine finds no memory for is refused as too large for the tab, and the next page loads a smaller one', async () => {
    // WebAssembly's memory is made small, as a phone's tab has little.
    await using small = await WebPage.open(['--js-flags=--wasm-max-mem-pages=2048']);
    const [large, fits] = ['large', 'fits'].map((name, index) => {
      const path = join(folder, `${name}.onnx`);
      writeFileSync(path, identityModel(1, [2, 3], index === 0 ? 160 * 2 ** 20 : 2 ** 20));
      return path;
    });
    {
      await using client = await small.start();
      await expect(client.load({ runtime: 'onnxruntime', delegate: 'cpu', model: await small.place.bring(large ?? ''), options: OPTIONS }, MS)).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringMatching(/^this tab can't hold the model sha256 /) as string });
    }
    await using client = await small.start();
    expect(await client.load({ runtime: 'onnxruntime', delegate: 'cpu', model: await small.place.bring(fits ?? ''), options: OPTIONS }, MS)).toMatchObject({ inputs: [{ name: 'x' }] });
  });

  test('a page that is hidden while it measures says so, and the batch is void', async () => {
    await using client = await page.start();
    await client.load({ runtime: 'null', delegate: 'cpu', model: null, options: OPTIONS }, MS);
    await client.inputs({ samples: [[]] }, MS);
    const run = client.run({ scenario: 'single-stream', count: 1e9, durationNs: 10e9, callsPerQuery: 1 }, MS);
    const other = await page.browser.open('about:blank');
    await other.command('Page.bringToFront');
    await expect(run).rejects.toMatchObject({ name: 'HarnessDisturbed', message: expect.stringContaining('hidden') as string });
    await other.close();
  });

  test('a reload loses the harness, and the used token lets nobody in, while another page goes on', async () => {
    await using other = await page.start();
    const { client, tab, path } = await page.startInTab();
    await tab.command('Page.reload');
    expect((await client.process.exited).lost).toMatchObject({ kind: 'lost', message: expect.stringMatching(/reloaded/) as string });
    const second = await page.browser.open(`${page.host.origin}${path}`);
    await expect.poll(async () => JSON.stringify(await second.command('Runtime.evaluate', { expression: 'document.body.innerText' }))).toMatch(/works once/);
    await second.close();
    expect((await other.memory(MS)).method).not.toBe('');
  });
});
