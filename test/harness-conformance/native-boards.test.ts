import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HarnessClient } from '../../src/harness/client.ts';
import { sha256OfFile } from '../../src/harness/model-file.ts';
import { prepareHarness, prepareHarnessHere } from '../../src/harness/prepare-harness.ts';
import { localTransport } from '../../src/transport/local.ts';
import { openTransport } from '../../src/transport/open-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { KindName } from '../lab/kinds/registry.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { lacks } from '../lacks.ts';
import { NO_MODEL, TRAINED_MODELS } from './models.ts';
import { makeSample } from './sample.ts';
import { describeConformance, type DevicePlace } from './suite.ts';

const { signal } = new AbortController();
const installFolder = new URL('../..', import.meta.url).pathname;
const place = { installFolder, suiteFolder: installFolder };
const built = (abi: string): boolean => existsSync(`${installFolder}harness-apps/native/build/${abi}/harness-native`);
const lacksBuild = lacks('the native harness for x64 and arm64 boards', built('linux-x64') && built('linux-arm64'), 'apt-get install gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross && npm run build:native');
const skipped = lacksLab || lacksBuild;
const MS = 120_000;

let transports: Map<KindName, Transport>;
function transportTo(name: KindName): Transport {
  const transport = transports.get(name);
  if (transport === undefined) throw new Error(`${name} is not up`);
  return transport;
}

async function startOn(name: KindName, ...more: string[]): Promise<HarnessClient> {
  const transport = transportTo(name);
  const { argv } = await prepareHarness(transport, { harness: 'native' }, place, signal);
  return HarnessClient.start(transport, [...argv, ...more], { signal, helloTimeoutMs: MS });
}

async function linesOf(transport: Transport, argv: readonly string[]): Promise<string[]> {
  const child = await transport.exec(argv, { signal });
  let text = '';
  for await (const chunk of child.stdout) text += Buffer.from(chunk).toString('utf8');
  await child.exited;
  return text.split('\n').filter((line) => line !== '');
}

const onPixel: DevicePlace = {
  bring: async (path) => transportTo('pixel').push(path, await sha256OfFile(path), signal),
  folder: () => transportTo('pixel').scratch(signal),
  list: (folder) => linesOf(transportTo('pixel'), ['ls', folder]),
};

const silero = TRAINED_MODELS.find((model) => model.carry !== undefined) ?? NO_MODEL;
const inputs = { samples: [makeSample(silero, 0).map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }))], carry: silero.carry ?? {} };
const load = { runtime: 'onnxruntime', delegate: 'cpu', options: { threads: 1, graphOptimization: 'all' } } as const;

async function outputsHere(): Promise<readonly Float32Array[]> {
  const { argv } = await prepareHarnessHere({ harness: 'native' }, place, signal);
  await using client = await HarnessClient.start(localTransport, argv, { signal, helloTimeoutMs: MS });
  await client.load({ ...load, model: silero.path }, MS);
  await client.inputs(inputs, MS);
  return floatsOf(await client.infer({ sample: 0 }, MS));
}

function floatsOf({ outputs }: Awaited<ReturnType<HarnessClient['infer']>>): readonly Float32Array[] {
  return outputs.map(({ data }) => new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer));
}

describe.skipIf(skipped)('native harness on boards', () => {
  beforeAll(async () => {
    const names = ['pixel', 'jetson', 'rpi'] as const;
    const lab = await useLab(names);
    transports = new Map(await Promise.all(names.map(async (name) => [name, await openTransport(lab.board(name).address, { signal })] as const)));
    // The first push to the emulated board takes half a minute, which is no test's own time.
    for (const name of names) await prepareHarness(transportTo(name), { harness: 'native' }, place, signal);
  }, LAB_HOOK_MS);
  afterAll(async () => { for (const transport of transports?.values() ?? []) await transport.close(); });

  // An emulated board takes seconds for each start, so the whole suite runs on one of the others.
  describeConformance('native over adb, onnxruntime', () => startOn('pixel'), {
    runtime: 'onnxruntime', delegate: 'cpu', models: [silero], reads: 'models-and-inputs', placement: 'nodes', startUnderParent: null, place: onPixel,
  });

  test.each(['pixel', 'jetson', 'rpi'] as const)('%s: loads, answers what this machine answers, runs, tells nodes and memory, stays on a core and leaves', async (name) => {
    const transport = transportTo(name);
    const sent = transport.sentBytes;
    await using client = await startOn(name);
    expect(transport.sentBytes).toBe(sent);
    const model = await transport.push(silero.path ?? '', await sha256OfFile(silero.path ?? ''), signal);
    const prefix = `${await transport.scratch(signal)}/profile`;
    const loaded = await client.load({ ...load, model, options: { ...load.options, profilePrefix: prefix, affinity: [0] } }, MS);
    expect(loaded).toMatchObject({ inputs: silero.inputs, outputs: silero.outputs, affinity: [0] });
    await client.inputs(inputs, MS);
    const there = floatsOf(await client.infer({ sample: 0 }, MS));
    for (const [index, expected] of (await outputsHere()).entries()) {
      const difference = Math.max(...expected.map((value, at) => Math.abs(value - (there[index]?.[at] ?? Number.NaN))));
      expect(difference).toBeLessThan(1e-4);
    }
    const batch = await client.run({ scenario: 'single-stream', count: 5, durationNs: 60e9, callsPerQuery: 1 }, MS);
    expect(batch.latenciesNs).toHaveLength(5);
    expect((await client.placement(MS)).nodes.every((node) => node.provider === 'CPUExecutionProvider')).toBe(true);
    expect((await client.memory(MS)).peakBytes).toBeGreaterThan(2 ** 20);
    await client.bye(MS);
  });
});
