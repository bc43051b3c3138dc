import type { Case } from '../domain/case.ts';
import type { CaseResult } from '../domain/result.ts';
import type { RunReport } from '../domain/run-report.ts';
import { VERDICT_STATUSES, type VerdictStatus } from '../domain/verdict.ts';
import { orderedMetricNames } from './metric-names.ts';
import { type RankedGroup, Ranking, type Standing } from './ranking.ts';
import { type ReasonGroup, ReasonGroups } from './reason-groups.ts';

/** What one pass over the results says of the run as a whole. */
export interface Overview {
  readonly total: number;
  readonly counts: Readonly<Record<VerdictStatus, number>>;
  /** Why cases are not `ok`, by status. */
  readonly reasons: Readonly<Record<VerdictStatus, readonly ReasonGroup[]>>;
  /** Warnings of single cases, grouped. Those of the run are in its info. */
  readonly warnings: readonly ReasonGroup[];
  /** Metrics that at least one case has, in table order. */
  readonly metricNames: readonly string[];
  readonly groups: readonly RankedGroup[];
  readonly standings: ReadonlyMap<string, Standing>;
  /** Cases that comparisons name, by key. */
  readonly compared: ReadonlyMap<string, Case>;
  /** The first results, whole, as many as were asked for. */
  readonly first: readonly CaseResult[];
}

/** Reads the results once. Memory: a few words a result, plus `keep` whole results. */
export function overviewOf(report: RunReport, keep: number): Overview {
  const counts = byStatus(() => 0);
  const reasons = byStatus(() => new ReasonGroups());
  const warnings = new ReasonGroups();
  const names = new Set<string>();
  const ranking = new Ranking();
  const first: CaseResult[] = [];
  const wanted = new Set(report.comparisons.flatMap(({ base, head }) => [base, head]));
  const compared = new Map<string, Case>();
  let total = 0;
  for (const result of report.results()) {
    total++;
    counts[result.verdict.status]++;
    for (const reason of result.verdict.reasons) reasons[result.verdict.status].add(reason);
    for (const warning of result.warnings) warnings.add(warning);
    for (const name of Object.keys(result.metrics)) names.add(name);
    ranking.add(result);
    if (wanted.has(result.key)) compared.set(result.key, result.case);
    if (first.length < keep) first.push(result);
  }
  return {
    total, counts, compared, warnings: warnings.list(), metricNames: orderedMetricNames(names), groups: ranking.groups(), standings: ranking.standings(), first,
    reasons: byStatus((status) => reasons[status].list()),
  };
}

function byStatus<T>(make: (status: VerdictStatus) => T): Record<VerdictStatus, T> {
  return Object.fromEntries(VERDICT_STATUSES.map((status) => [status, make(status)])) as Record<VerdictStatus, T>;
}
