import * as z from 'zod';
import type { Scenario } from '../domain/case.ts';
import type { MetricName } from '../domain/metric.ts';
import type { CaseResult } from '../domain/result.ts';

/** What a scenario is about, and so what its cases are ranked by: MLPerf reports a latency quantile for streams and throughput for offline. */
const HEADLINES: Readonly<Record<Scenario, MetricName>> = {
  'single-stream': 'latency_p50', 'multi-stream': 'latency_p50', server: 'latency_p99', offline: 'sps',
};

const ratedSchema = z.object({ workload: z.object({ ratePerS: z.union([z.number(), z.string()]).optional() }).optional() });

/** The metric that the case is ranked by. A server's rate that was searched for is what differs from case to case, each at a p99 that holds the same bound; at a given rate the latency is. */
export function headlineMetric({ case: { scenario }, provenance }: Pick<CaseResult, 'case' | 'provenance'>): MetricName {
  const searched = scenario === 'server' && provenance !== null && ratedSchema.parse(JSON.parse(provenance.options)).workload?.ratePerS === 'search';
  return searched ? 'sps' : HEADLINES[scenario];
}

/** The metric of comparable cases, of which some may have failed before their settings were known. */
export function groupHeadline(members: readonly Pick<CaseResult, 'case' | 'provenance'>[]): MetricName {
  const known = members.find(({ provenance }) => provenance !== null) ?? members[0];
  if (known === undefined) throw new Error('a headline of no cases was asked for');
  return headlineMetric(known);
}
