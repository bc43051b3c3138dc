import { caseKey } from '../../src/domain/case.ts';
import type { Case } from '../../src/domain/case.ts';
import type { LaunchRecord, VerificationRecord } from '../../src/domain/launch.ts';
import type { PlannedCase } from '../../src/domain/plan.ts';
import { seededRandom } from '../../src/domain/random.ts';
import type { CaseResult, DeviceFacts, RunInfo } from '../../src/domain/result.ts';
import type { NewAttempt } from '../../src/store/store.ts';

const OK = { status: 'ok' as const, reasons: [] };

export function exampleRun(id: string): RunInfo {
  return {
    id, suite: 'example', preset: 'quick', seed: 7, status: 'running', startedAt: '2026-11-22T06:00:00.000Z', endedAt: null,
    paddock: '0.1.0', command: 'paddock run example.yaml', warnings: [],
  };
}

export const EXAMPLE_DEVICE: DeviceFacts = {
  id: 'local', name: 'board', transport: 'local', profile: 'generic', model: 'Model Z', soc: 'SoC', os: 'Debian 12', arch: 'x64', cores: 2, memoryMiB: 2048,
  virtualization: null, emulated: false, clockRegime: 'unknown', sensors: ['cpuPressure'], absentSensors: [{ sensor: 'temperature', reason: 'no thermal zone' }],
};

export function exampleCase(index: number): Case {
  return { model: `m${index}`, variant: 'fp32', runtime: 'onnxruntime', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'local', options: { threads: 1, batch: 1 } };
}

export function examplePlan(count: number): PlannedCase[] {
  return Array.from({ length: count }, (_, ordinal) => ({ key: caseKey(exampleCase(ordinal)), ordinal, case: exampleCase(ordinal), verdict: null }));
}

export const EXAMPLE_RECORD: LaunchRecord = {
  verdict: OK, warnings: [], facts: { harness: 'node 1', runtimeVersion: '1.30', clockResolutionNs: 40 }, inputsSha256: 'd'.repeat(64), initNs: 5e6, firstNs: 2e6,
  batches: [{ startNs: 1, durationNs: 5e8, offset: 0, count: 3 }], warmupSamples: 1, steady: true, drift: 0.001, stop: 'precise', looks: 2,
  quantiles: { p50: { value: 1e6, low: 9e5, high: 1.1e6, n: 3, effectiveN: 2.5 }, p90: null, p99: null }, meanNs: 1e6, sps: 1000, earlyStopping: null, server: null,
  memory: null, energy: null, energyAbsent: 'no power sensor', conditions: [{ timeNs: 5, load1: 0.5 }], log: '',
};

export const EXAMPLE_VERIFICATION: VerificationRecord = { verdict: OK, warnings: [], placement: null, parity: null, log: 'fine' };

export function exampleAttempt(runId: string, subject: string, block: number): NewAttempt {
  return {
    runId, kind: 'measure', subject, block, attempt: 0, position: block, unit: 'local', startedAt: '2026-11-22T06:00:01.000Z', endedAt: '2026-11-22T06:00:02.000Z',
    record: EXAMPLE_RECORD, samplesNs: latencies(2000, block), completionsNs: null,
  };
}

/** Latencies as a harness reports them: whole ns around 1 ms with 3 % noise and some outliers. */
export function latencies(count: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: count }, () => Math.round(1e6 * (1 + 0.03 * (random() + random() - 1) + (random() < 0.01 ? random() : 0))));
}

/** A result of the size that a real run with three launches gives. */
export function exampleResult(planned: PlannedCase): CaseResult {
  const metric = { value: 1.234567, low: 1.2, high: 1.3, n: 3, unit: 'ms', method: 'geometric mean of launch medians' };
  const launch = {
    attempt: 0, unit: 'local', status: OK, warnings: [], startedAt: '2026-11-22T06:00:01.000Z', samples: 2000, warmupSamples: 100, steady: true, stop: 'precise', p50: 1.2, p90: 1.4, p99: null, mean: 1.25, sps: 800, initTime: 5, peakMemory: 20,
  };
  return {
    key: planned.key, case: planned.case, unit: 'local', verdict: OK, warnings: [],
    metrics: { latency_p50: metric, latency_p90: metric, latency_mean: metric, sps: metric, init_time: metric, first_inference: metric, peak_memory: metric, model_size: metric },
    absent: { power_avg: 'no power sensor', latency_p99: 'too few samples' },
    placement: { method: 'profile', providers: [{ provider: 'CPUExecutionProvider', nodes: 100, timeNs: 1e6, timeShare: 1 }], strayOperators: [] },
    parity: { reference: 'fp32 cpu', samples: 2, maxAbsError: 0, maxRelError: 0, cosine: 1, bound: 'fp32', passed: true },
    conditions: { samples: 3, load1Max: 1, absent: ['temperature'] },
    provenance: {
      modelSha256: 'a'.repeat(64), modelBytes: 1e6, modelSource: 'npm:x/y.onnx', inputsSha256: 'b'.repeat(64), precision: 'fp32', paddock: '0.1.0', harness: 'node 1',
      harnessSha256: 'c'.repeat(64), runtimeVersion: '1.30', deviceModel: 'Model Z', os: 'Debian 12', clockRegime: 'unknown', options: '{}',
    },
    launches: [0, 1, 2].map((block) => ({ ...launch, block })),
    repro: 'paddock run example.yaml --only m0',
  };
}
