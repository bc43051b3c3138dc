import { checkGates, type GateRules } from '../device/gates.ts';
import { summarizeConditions } from '../device/summary.ts';
import { throttledReason } from '../device/throttling.ts';
import { conditionWarnings, lostSensors } from '../device/warnings.ts';
import type { ConditionSample } from '../domain/condition.ts';
import type { LaunchRecord } from '../domain/launch.ts';
import { combineVerdicts, OK, type Reason } from '../domain/verdict.ts';
import type { ClockOffset } from './clock-offset.ts';

export interface ConditionRules {
  readonly gates: GateRules;
  /** What slowing down by heat means: it is what a sustained workload is there to show. */
  readonly throttling: 'invalid' | 'warn';
  /** Bounds that were still broken when the launch began. */
  readonly closedBefore: readonly Reason[];
  /** Settings that the device did not take. */
  readonly refused: readonly Reason[];
}

/** Adds what the device went through, on the harness's clock where that is known, and what of it takes the verdict away. */
export function withConditions(record: LaunchRecord, samples: readonly ConditionSample[], rules: ConditionRules, offset: ClockOffset | null): LaunchRecord {
  const { gates, closedBefore } = rules;
  const breaches = [...new Map([...closedBefore, ...samples.flatMap((sample) => checkGates(sample, gates.bounds))].map((reason) => [reason.code, reason])).values()];
  const throttled = throttledReason(samples, gates.bounds);
  const reasons: Reason[] = [...breaches.filter(({ code }) => gates.demanded.has(code)), ...(throttled !== null && rules.throttling === 'invalid' ? [throttled] : [])];
  const verdict = combineVerdicts([record.verdict, reasons.length > 0 ? { status: 'invalid', reasons } : OK]);
  const advice = [...breaches.filter(({ code }) => !gates.demanded.has(code)), ...(throttled !== null && rules.throttling === 'warn' ? [throttled] : [])];
  // A sentence of its own says it already.
  const others = conditionWarnings(summarizeConditions(samples)).filter(({ code }) => throttled === null || code !== throttled.code);
  return {
    ...record,
    verdict: { status: verdict.status, reasons: [...verdict.reasons] },
    warnings: [...record.warnings, ...rules.refused, ...advice, ...others, ...lostSensors(samples)],
    conditions: samples.map((sample) => ({ ...sample, timeNs: sample.timeNs + (offset?.offsetNs ?? 0) })),
    clockOffset: offset === null ? null : { ...offset },
  };
}
