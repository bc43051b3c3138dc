import { expect, test } from 'vitest';
import { GateKeeper } from '../../src/device/gate-keeper.ts';
import { gateRules } from '../../src/device/gates.ts';
import { LocalDevice } from '../../src/device/local.ts';
import type { CaseOptions, Scenario } from '../../src/domain/case.ts';
import { PRESETS, type MeasurePolicy } from '../../src/domain/preset.ts';
import { modelSchema, runtimeSchema, workloadSchema, type WorkloadSpec } from '../../src/domain/suite.ts';
import { NO_INPUTS } from '../../src/measure/inputs.ts';
import { measureLaunch } from '../../src/measure/launch.ts';
import { LAPTOP, Tree } from '../device/tree.ts';
import type { LaunchTarget } from '../../src/measure/target.ts';
import { onnxruntime } from '../../src/runtime/onnxruntime.ts';

const DOUBLE = new URL('../fixtures/measure-double.mjs', import.meta.url).pathname;

interface Asked { readonly device?: LocalDevice; readonly fault?: string; readonly workload?: Partial<WorkloadSpec> & { readonly scenario: Scenario }; readonly options?: CaseOptions; readonly policy?: MeasurePolicy; readonly maxSeconds?: number }

/** One launch of a double whose inferences take 1 ms. */
async function launch({ device = new LocalDevice(), fault = 'none', workload = { scenario: 'single-stream' }, options = { threads: 1, batch: 1 }, policy = PRESETS.quick, maxSeconds = 2 }: Asked) {
  const model = modelSchema.parse({ id: 'm', variants: [{ id: 'v', file: 'm.onnx' }] });
  const runtime = runtimeSchema.parse({ id: 'onnxruntime' });
  const [variant] = model.variants;
  const [delegate] = onnxruntime.delegates;
  if (variant === undefined || delegate === undefined) throw new Error('no variant or delegate');
  const target: LaunchTarget = {
    device, argv: [process.execPath, DOUBLE, fault], model, variant, runtime, engine: onnxruntime, delegate, workload: workloadSchema.parse({ id: 'w', ...workload }),
    case: { model: 'm', variant: 'v', runtime: 'onnxruntime', delegate: delegate.name, workload: 'w', scenario: workload.scenario, device: 'local', options },
    file: { path: DOUBLE, sha256: '0', bytes: 1, source: 'double' }, limits: { memoryBytes: 2 ** 32, loadMs: 120_000, inferenceMs: 120_000 }, makeInputs: async () => NO_INPUTS,
  };
  const { record } = await measureLaunch(target, {
    policy, gates: new GateKeeper(gateRules('none', null)), gateWaitMs: 0, prepareDevice: () => Promise.resolve([]), maxSeconds, seed: 's', signal: AbortSignal.timeout(240_000), onWait: () => {},
  });
  return record;
}

test('SPS counts samples, not queries, in every scenario', async () => {
  const batch = { threads: 1, batch: 4 };
  expect((await launch({ options: batch })).sps).toBeCloseTo(4000, -2);
  expect((await launch({ options: batch, workload: { scenario: 'offline' } })).sps).toBeCloseTo(4000, -2);
  expect((await launch({ options: batch, workload: { scenario: 'multi-stream', samplesPerQuery: 8 } })).sps).toBeCloseTo(4000, -2);
  expect((await launch({ options: batch, workload: { scenario: 'server', latencyBoundMs: 10, ratePerS: 100 } })).sps).toBe(400);
});

test('energy of an inference is that of a sample, in every scenario: a batch makes none of it dearer', async () => {
  const device = new LocalDevice();
  // Its clock is the double harness's, which begins at 0: 2 W before the first stop, 4 W after it.
  let watts = 2;
  device.powerSensors = () => [{
    name: 'made up', covers: 'all', intervalMs: 10, alignment: 'device-clock',
    start: () => ({ stop: () => { const readings = Array.from({ length: 3000 }, (_, index) => ({ timeNs: (index - 100) * 1e7, watts })); watts = 4; return Promise.resolve({ readings, lost: null }); } }),
  }];
  for (const workload of [{ scenario: 'single-stream' }, { scenario: 'offline' }, { scenario: 'multi-stream', samplesPerQuery: 8 }] as const) {
    watts = 2;
    const { energy, energyAbsent, batches } = await launch({ device, workload, options: { threads: 1, batch: 4 } });
    expect(energyAbsent).toBeNull();
    // The double takes 1 ms a call, and a call has 4 samples.
    expect((energy?.totalJoules ?? 0) / (energy?.inferences ?? 1)).toBeCloseTo(0.001, 4);
    expect(energy?.inferences).toBe((workload.scenario === 'multi-stream' ? 8 : 4) * batches.reduce((sum, { count }) => sum + count, 0));
  }
});

test('a launch that fails ends the recording of its power', async () => {
  const device = new LocalDevice();
  let recording = 0;
  device.powerSensors = () => [{
    name: 'made up', covers: 'all', intervalMs: 10, alignment: 'load-step',
    start: () => {
      recording++;
      return { stop: () => { recording--; return Promise.resolve({ readings: [], lost: null }); } };
    },
  }];
  expect((await launch({ device, fault: 'coarse-clock' })).verdict.status).toBe('failed');
  expect(recording).toBe(0);
});

test('a latency of 0 is a fault of the case, with what to do, and ends no run', async () => {
  const { verdict } = await launch({ fault: 'coarse-clock' });
  expect(verdict).toMatchObject({ status: 'failed', reasons: [{ code: 'clock-too-coarse', message: expect.stringMatching(/1 of \d+ latencies are 0 ns.*steps of 100000 ns.*larger batch/) }] });
});

test('means of few and of many queries are never one series: a launch starts again with the larger groups, and ends where they do not settle', async () => {
  const { batches, quantiles, meanNs } = await launch({ fault: 'regroups' });
  expect(new Set(batches.map(({ groupSize }) => groupSize))).toEqual(new Set([4]));
  expect(batches[0]?.offset).toBe(0);
  expect(quantiles.p50?.value).toBeCloseTo(1e6, -4);
  expect(meanNs).toBeCloseTo(1e6, -4);
  expect((await launch({ fault: 'regroups-always' })).verdict).toMatchObject({ status: 'failed', reasons: [{ code: 'clock-too-coarse' }] });
});

test('a harness that falls while it leaves takes nothing from what it measured', async () => {
  const { verdict, warnings, quantiles } = await launch({ fault: 'bad-end' });
  expect(verdict.status).toBe('ok');
  expect(quantiles.p50?.value).toBeCloseTo(1e6, -4);
  expect(warnings).toContainEqual({ code: 'bad-end', message: expect.stringMatching(/exit code 5.*everything was measured before/) });
});

test('MLPerf\'s least duration is kept however many queries it takes, and told when it was not', async () => {
  // The double's clock is made up: these ten minutes take a moment.
  const kept = await launch({ policy: PRESETS.submission, maxSeconds: 1200 });
  expect(kept.verdict).toEqual({ status: 'ok', reasons: [] });
  expect(kept.batches.reduce((sum, batch) => sum + batch.durationNs, 0)).toBeGreaterThanOrEqual(600e9);
  expect((await launch({ policy: PRESETS.submission, maxSeconds: 60 })).verdict).toMatchObject({ status: 'invalid', reasons: [{ code: 'min-duration', message: expect.stringMatching(/^60 s of the 600 s/) }] });
});

test('a bound that few queries held is said to rest on few', async () => {
  const served = async (ratePerS: number) => (await launch({ workload: { scenario: 'server', latencyBoundMs: 10, ratePerS } })).warnings.find(({ code }) => code === 'few-queries')?.message;
  expect(await served(5)).toMatch(/judged by \d+ queries; 662 are needed/);
  expect(await served(900)).toBeUndefined();
});

const SUSTAINED: MeasurePolicy = { ...PRESETS.quick, sustained: { w: { seconds: 300, launches: 1 } } };

test('a sustained workload goes on for its minutes, and tells the last over the first', async () => {
  // The double's clock is made up: these five minutes take a moment.
  const record = await launch({ fault: 'heats', workload: { scenario: 'single-stream', sustainMinutes: 5 }, policy: SUSTAINED });
  expect(record.verdict.status).toBe('ok');
  expect(record.stop).toBe('sustained');
  expect(record.batches.reduce((sum, batch) => sum + batch.durationNs, 0)).toBeGreaterThanOrEqual(300e9);
  expect(record.warmupSamples).toBe(0);
  expect(record.sustained).toMatchObject({ seconds: expect.closeTo(300, -1), ratio: expect.closeTo(1.25, 3) });
  expect((await launch({})).sustained).toBeNull();
});

test('a device that throttles: the launch is invalid, and every sign is named; a sustained workload is there to show it', async () => {
  const tree = new Tree(LAPTOP);
  const device = new LocalDevice({ root: tree.path });
  const looks = device.sampleConditions.bind(device);
  // After the first look of the launch, as heat would.
  device.sampleConditions = async () => {
    const sample = await looks();
    tree.write({ 'sys/class/thermal/cooling_device0/cur_state': '4\n', 'sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq': '1500000\n' });
    return sample;
  };
  const record = await launch({ device, maxSeconds: 2 });
  expect(record.verdict).toMatchObject({ status: 'invalid', reasons: [{ code: 'throttled', message: expect.stringMatching(/4 cooling steps; the limit of its clock fell from 75 % to 38 %/) }] });
  const hot = new Tree({ ...LAPTOP, 'sys/class/thermal/cooling_device0/cur_state': '4\n' });
  const sustained = await launch({ device: new LocalDevice({ root: hot.path }), workload: { scenario: 'single-stream', sustainMinutes: 5 }, policy: SUSTAINED });
  expect(sustained.verdict.status).toBe('ok');
  expect(sustained.warnings).toContainEqual({ code: 'throttled', message: expect.stringContaining('held back by 4 cooling steps') });
});

test('a launch that finds its GPU to be software is invalid and measures nothing, whatever the verifying pass saw', async () => {
  const record = await launch({ fault: 'software-gpu' });
  expect(record.verdict).toEqual({ status: 'invalid', reasons: [{ code: 'software-gpu', message: expect.stringContaining('SwiftShader') as string }] });
  expect(record.batches).toEqual([]);
  expect(record.facts).not.toBeNull();
});
