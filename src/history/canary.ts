import { caseKey } from '../domain/case.ts';
import type { CaseResult } from '../domain/result.ts';
import type { Roster } from '../farm/unit.ts';
import { judgeDrift } from '../stats/drift.ts';
import type { Store } from '../store/store.ts';
import { canarySuite } from './canary-suite.ts';
import { sideRun, type Bench } from './side-run.ts';

/** A device that is set aside for drift is tried again the next night: less than a day, so that a nightly run meets it free. */
export const CANARY_HOLD_MS = 20 * 3_600_000;
const METRIC = 'latency_p50';

/** What the canary said of a device. */
export interface CanaryIncident {
  readonly device: string;
  readonly reason: string;
}

/** Reasons for which a canary that ran says something of its device whatever its time: wrong outputs, another place than asked for, a clock held down. Gates and too few samples say nothing. */
const TELLING_CODES: ReadonlySet<string> = new Set(['parity', 'not-finite', 'constant-output', 'fallback', 'partial-fallback', 'throttled', 'low-clock']);

/** Why tonight's canary says that a device is not itself; null when it is, or when nobody can say yet. */
export function incidentOf(store: Store, result: CaseResult, runId: string): string | null {
  const tonight = result.metrics[METRIC]?.value;
  const series = store.history.series({ key: caseKey(result.case) }).find((one) => one.metric === METRIC);
  if (result.verdict.status === 'failed') return `the canary failed: ${result.verdict.reasons[0]?.message ?? 'no reason given'}`;
  const told = result.verdict.status !== 'invalid' ? undefined : result.verdict.reasons.find(({ code }) => TELLING_CODES.has(code));
  if (told !== undefined) return `the canary is invalid: ${told.message}`;
  if (tonight === undefined || series === undefined) return null;
  const { runIds, values } = store.history.validValues(series);
  const drift = judgeDrift(values.filter((_, index) => runIds[index] !== runId), tonight);
  if (drift.state !== 'drifted') return null;
  const percent = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;
  return `the canary took ${tonight.toPrecision(3)} ms, ${percent(drift.ratio - 1)} against its own nights before, which vary by no more than ±${(100 * drift.bound).toFixed(1)} %`;
}

/** What the canary said of the units. */
export interface CanaryReport {
  readonly incidents: readonly CanaryIncident[];
  /** Units that it can't run on, and so says nothing of. */
  readonly unsupported: readonly CanaryIncident[];
}

export interface CanaryOptions extends Bench {
  readonly roster: Roster;
  readonly suiteFolder: string;
  /** The run that the night is for. */
  readonly runId: string;
  readonly now: Date;
}

/**
 * Measures the canary on each unit. A unit that drifts beyond its own past, or on which the canary fails, is set aside until the next night, and this night is marked as none
 * of its models' in their series. Throws PlanError, the signal's reason.
 */
export async function runCanary(options: CanaryOptions): Promise<CanaryReport> {
  const { store, roster, runId, now } = options;
  const { runId: canaryRun, results } = await sideRun({
    ...options, purpose: 'canary', suite: canarySuite(roster.units.map((unit) => unit.id)), preset: 'quick', command: 'paddock run (canary)', budgetSeconds: null,
  });
  const incidents = results.flatMap((result): CanaryIncident[] => {
    const reason = incidentOf(store, result, canaryRun);
    return reason === null ? [] : [{ device: result.case.device, reason }];
  });
  for (const { device, reason } of incidents) {
    store.setAside({ device, reason, since: now.toISOString(), until: new Date(now.getTime() + CANARY_HOLD_MS).toISOString() });
    store.events.markNight(runId, device, reason);
  }
  const unsupported = results.filter(({ verdict }) => verdict.status === 'unsupported').map((result): CanaryIncident => ({ device: result.case.device, reason: result.verdict.reasons[0]?.message ?? 'no reason given' }));
  return { incidents, unsupported };
}
