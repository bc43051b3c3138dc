import { isMetricName, METRICS } from '../domain/metric.ts';
import type { Comparison } from '../domain/result.ts';

export function metricLabel(metric: string): string {
  return isMetricName(metric) ? METRICS[metric].label : metric;
}

/** A ratio as a change: 1.083 -> `+8.3 %`. */
export function percent(ratio: number): string {
  return `${ratio >= 1 ? '+' : '−'}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
}

/** `Latency p50 +5.0 % (+1.0 % to +9.0 %): no change beyond ±9.5 %` */
export function comparisonWords({ metric, ratio, low, high, reason }: Comparison): string {
  const change = ratio === null ? '' : ` ${percent(ratio)}${low === null || high === null ? '' : ` (${percent(low)} to ${percent(high)})`}`;
  return `${metricLabel(metric)}${change}: ${reason}`;
}
