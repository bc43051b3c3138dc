import type { LaunchRecord, VerificationRecord } from '../../src/domain/launch.ts';
import { PRESETS } from '../../src/domain/preset.ts';
import type { CaseEvidence, LaunchAttempt } from '../../src/farm/case-result.ts';

const quantile = (value: number) => ({ value, low: value * 0.99, high: value * 1.01, n: 1000, effectiveN: 1000 });

/** A good launch with this median, ms. */
export function launchRecord(medianMs: number, more: Partial<LaunchRecord> = {}): LaunchRecord {
  const ns = medianMs * 1e6;
  return {
    verdict: { status: 'ok', reasons: [] }, warnings: [], facts: { harness: 'h 1', runtimeVersion: 'onnxruntime 1', clockResolutionNs: 1 }, inputsSha256: 'i', initNs: 5e6, firstNs: 2 * ns,
    batches: [{ startNs: 0, durationNs: 1000 * ns, offset: 0, count: 1000 }], warmupSamples: 0, steady: true, drift: 0, stop: 'precise', looks: 1,
    quantiles: { p50: quantile(ns), p90: quantile(1.1 * ns), p99: quantile(1.2 * ns), p10: quantile(0.95 * ns) }, meanNs: ns, sps: 1e9 / ns, earlyStopping: null, server: null,
    memory: { baselineBytes: 10 * 2 ** 20, peakBytes: 30 * 2 ** 20, method: 'VmHWM' }, energy: null, energyAbsent: 'no RAPL', conditions: [], log: '', ...more,
  };
}

export function attempt(block: number, record: LaunchRecord, number = 0): LaunchAttempt {
  return { block, attempt: number, unit: 'local', startedAt: '2026-11-22T00:00:00.000Z', samples: 1000, record };
}

export const VERIFIED: VerificationRecord = { verdict: { status: 'ok', reasons: [] }, warnings: [], placement: null, parity: null, log: '' };

export function evidence(launches: readonly LaunchAttempt[], more: Partial<CaseEvidence> = {}): CaseEvidence {
  const fields = { model: 'm', variant: 'v', runtime: 'onnxruntime', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'local', options: { threads: 1, batch: 1 } } as const;
  return {
    planned: { key: 'k', ordinal: 0, case: fields, verdict: null }, policy: PRESETS.quick, unit: 'local', hardware: 'real', launches, verification: VERIFIED, quality: null, modelBytes: 2 ** 20, repro: 'again', shortOfLaunches: null,
    provenance: {
      modelSha256: 'm', modelBytes: 1, modelSource: 's', inputsSha256: 'i', precision: 'fp32', paddock: '1', harness: 'h 1', harnessSha256: 'h', runtimeVersion: '1', deviceModel: 'd', os: 'o', clockRegime: 'c', options: '{}',
    },
    ...more,
  };
}

