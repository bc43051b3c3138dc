import type { Scenario } from '../domain/case.ts';
import type { MetricName } from '../domain/metric.ts';

/** What a scenario is about, and so what its cases are ranked by: MLPerf reports a latency quantile for streams and throughput for offline. */
const HEADLINES: Readonly<Record<Scenario, MetricName>> = {
  'single-stream': 'latency_p50', 'multi-stream': 'latency_p50', server: 'latency_p99', offline: 'sps',
};

/** The metric that cases of the scenario are ranked by. */
export function headlineMetric(scenario: Scenario): MetricName {
  return HEADLINES[scenario];
}
