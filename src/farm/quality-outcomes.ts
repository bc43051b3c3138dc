import type { DelegateKind } from '../domain/case.ts';
import type { PlannedCase } from '../domain/plan.ts';
import type { Reason } from '../domain/verdict.ts';
import { combineVerdicts } from '../domain/verdict.ts';
import { judgeQuality, type QualityOutcome, type QualitySubject } from '../quality/judge.ts';
import { BLOCK_ITEMS } from '../quality/pass.ts';
import { findDelegate, findEngine } from '../runtime/registry.ts';
import type { ScoredAttempt, Store } from '../store/store.ts';
import { qualitySubject } from './estimate.ts';
import type { RunSpec } from './run-spec.ts';

/** The last attempt of each block on the unit that made the last of all. */
function finalBlocks(attempts: readonly ScoredAttempt[]): readonly ScoredAttempt[] {
  const last = attempts.reduce<ScoredAttempt | null>((latest, attempt) => (latest === null || attempt.endedAt >= latest.endedAt ? attempt : latest), null);
  return [...new Map(attempts.filter((attempt) => attempt.unit === last?.unit).map((attempt) => [attempt.block, attempt])).values()];
}

function delegateKind({ case: { runtime, delegate } }: PlannedCase, { suite }: RunSpec): DelegateKind {
  const engine = findEngine(suite.runtimes.find((item) => item.id === runtime)?.engine ?? runtime);
  const found = engine === null ? null : findDelegate(engine, delegate);
  if (found === null) throw new Error(`the run's plan names a delegate that there is none of: ${runtime} ${delegate}`);
  return found.kind;
}

function subjectOf(planned: PlannedCase, attempts: readonly ScoredAttempt[], plan: RunSpec['quality'][string], delegateKind: DelegateKind, shortOf: Reason | null): QualitySubject {
  const { variant, runtime, delegate, device, options: { threads } } = planned.case;
  const blocks = finalBlocks(attempts).filter((attempt) => attempt.record.protocolSha256 === plan.protocolSha256);
  const wanted = Math.ceil(plan.data.items / BLOCK_ITEMS);
  const failed = blocks.some(({ record }) => record.verdict.status !== 'ok');
  const items = blocks.length === wanted && !failed ? blocks.flatMap((block) => block.items) : [];
  const answered = blocks.reduce((sum, block) => sum + block.items.length, 0);
  const absent = items.length > 0 || failed ? null : `${answered} of ${plan.data.items} items were answered${shortOf === null ? '' : `: ${shortOf.message}`}`;
  return {
    subject: qualitySubject(planned), variant, runtime, delegate, device, threads, items, absent, delegateKind,
    verdict: combineVerdicts(blocks.map(({ record }) => record.verdict)), warnings: blocks.flatMap(({ record }) => record.warnings),
  };
}

/** What the quality of a run's variants is, by subject, from what the store holds. One model's scores at a time are in memory. */
export function qualityOutcomes(store: Store, runId: string, spec: RunSpec, shortOf: (key: string) => Reason | null): ReadonlyMap<string, QualityOutcome> {
  const outcomes = new Map<string, QualityOutcome>();
  if (Object.keys(spec.quality).length === 0) return outcomes;
  const planned = [...store.plannedCases(runId)].filter(({ verdict }) => verdict === null);
  for (const model of spec.suite.models) {
    const plan = spec.quality[model.id];
    if (plan === undefined || model.quality === undefined) continue;
    const cases = new Map(planned.filter((each) => each.case.model === model.id).map((each) => [qualitySubject(each), each]));
    const subjects = [...cases].map(([subject, each]) => subjectOf(each, store.qualityOf(runId, subject), plan, delegateKind(each, spec), shortOf(each.key)));
    for (const [subject, outcome] of judgeQuality({ model, spec: model.quality, data: plan.data, protocolSha256: plan.protocolSha256, subjects })) outcomes.set(subject, outcome);
  }
  return outcomes;
}
