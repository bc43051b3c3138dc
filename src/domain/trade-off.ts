import * as z from 'zod';
import { isMetricName, METRICS, METRIC_NAMES, type MetricName } from './metric.ts';

/** A bound on one metric that what is shipped must keep, in the metric's own unit. */
export interface Constraint {
  readonly metric: MetricName;
  readonly sense: '<=' | '>=';
  readonly bound: number;
}

const metricName = z.string().refine(isMetricName, `no such metric; there are: ${METRIC_NAMES.join(', ')}`);

/** `quality_loss <= 1 %`: a metric, <= or >=, a number, and the metric's unit (which may be left out). A stored run has it taken apart. */
export const constraintSchema = z.union([z.string(), z.strictObject({ metric: metricName, sense: z.enum(['<=', '>=']), bound: z.number() })]).transform((given, context): Constraint => {
  if (typeof given !== 'string') return given;
  const fault = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const parts = /^\s*(\w+)\s*(<=|>=|≤|≥)\s*(-?\d+(?:\.\d+)?)\s*(\S*)\s*$/.exec(given);
  if (parts === null) return fault(`"${given.slice(0, 80)}" is no constraint; write one as in "quality_loss <= 1 %" or "latency_p90 <= 30 ms"`);
  const [, metric = '', sense = '', bound = '', unit = ''] = parts;
  if (!isMetricName(metric)) return fault(`no metric has the name "${metric}"; there are: ${METRIC_NAMES.join(', ')}`);
  if (unit !== '' && unit !== METRICS[metric].unit) return fault(`${metric} is told in ${METRICS[metric].unit === '' ? 'no unit' : METRICS[metric].unit}, not in ${unit}`);
  return { metric, sense: sense === '<=' || sense === '≤' ? '<=' : '>=', bound: Number(bound) };
});

/** What may be shipped, and what is best among it. */
export const tradeOffSchema = z.strictObject({
  constraints: z.array(constraintSchema).max(20).default([]).describe('bounds that what is shipped must keep, as in "quality_loss <= 1 %", "peak_memory <= 200 MiB", "latency_p90 <= 30 ms"'),
  objective: metricName.optional().describe('the metric that decides among what keeps the bounds; default: what the scenario is about (latency_p50, or sps)'),
});
export type TradeOffSpec = z.infer<typeof tradeOffSchema>;
