import { isMetricName, METRIC_NAMES, METRICS } from '../domain/metric.ts';

/** What a report knows of a metric, also of one that only names itself (`quality_*`). */
export interface MetricWords {
  readonly label: string;
  readonly meaning: string | null;
  /** Which way is good; null when nothing says so: then nothing is ranked by it. */
  readonly better: 'lower' | 'higher' | null;
}

/** Label, meaning and direction of a metric by its name. */
export function metricWords(name: string): MetricWords {
  if (isMetricName(name)) {
    const { label, meaning, better } = METRICS[name];
    return { label, meaning, better };
  }
  const words = name.replaceAll('_', ' ');
  return { label: words.charAt(0).toUpperCase() + words.slice(1), meaning: null, better: null };
}

/** Names in the order in which tables show them: Paddock's own order, then the others by name. */
export function orderedMetricNames(names: Iterable<string>): readonly string[] {
  const place = (name: string): number => {
    const index = METRIC_NAMES.findIndex((known) => known === name);
    return index === -1 ? METRIC_NAMES.length : index;
  };
  return [...new Set(names)].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}
