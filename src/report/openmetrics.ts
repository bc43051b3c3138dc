import { caseFields } from '../domain/case.ts';
import { isMetricName, METRICS } from '../domain/metric.ts';
import type { Series, SeriesPoint } from '../domain/series.ts';
import { plainText } from './plain-text.ts';

/** A series and its latest night. */
export interface LatestPoint {
  readonly series: Series;
  readonly point: SeriesPoint;
}

/** OpenMetrics has base units; what Paddock shows in others is turned into them. */
const BASE_UNITS: Readonly<Record<string, { readonly suffix: string; readonly factor: number }>> = {
  ms: { suffix: 'seconds', factor: 1e-3 }, MiB: { suffix: 'bytes', factor: 1024 * 1024 }, W: { suffix: 'watts', factor: 1 }, mJ: { suffix: 'joules', factor: 1e-3 },
  '1/s': { suffix: 'per_second', factor: 1 }, '%': { suffix: 'ratio', factor: 0.01 },
};

/** A label's value: backslash, quote and line feed escaped; other control characters replaced. */
function labelValue(text: string): string {
  return plainText(text).replace(/[\t\r]/g, ' ').replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function labels({ case: c, suite }: Series, more: Readonly<Record<string, string>> = {}): string {
  return `{${Object.entries({ suite, ...caseFields(c), ...(c.emulated === true ? { emulated: 'yes' } : {}), ...more }).map(([name, value]) => `${name}="${labelValue(value)}"`).join(',')}}`;
}

/** A metric's name: letters, digits and underscores. */
function familyName(metric: string, unit: string): string {
  const suffix = BASE_UNITS[unit]?.suffix;
  return `paddock_${metric.replace(/[^A-Za-z0-9_]/g, '_')}${suffix === undefined ? '' : `_${suffix}`}`;
}

/**
 * The latest night of each series as an OpenMetrics exposition (openmetrics.io 1.0): a gauge a metric, with the night's own time; what an emulated device gave has the
 * label `emulated="yes"`; only valid nights have a value, and
 * `paddock_case_valid` says 0 where the latest one is not.
 */
export function openMetrics(latest: readonly LatestPoint[]): string {
  const lines: string[] = [];
  const families = Map.groupBy(latest.filter(({ point }) => point.state === 'ok' && point.value !== null), ({ series }) => familyName(series.metric, series.unit));
  for (const [name, members] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { metric, unit } = members[0]?.series ?? { metric: '', unit: '' };
    const base = BASE_UNITS[unit];
    lines.push(`# TYPE ${name} gauge`);
    if (base !== undefined) lines.push(`# UNIT ${name} ${base.suffix}`);
    if (isMetricName(metric)) lines.push(`# HELP ${name} ${METRICS[metric].meaning}`);
    for (const { series, point } of members) lines.push(`${name}${labels(series)} ${(point.value?.value ?? Number.NaN) * (base?.factor ?? 1)} ${Date.parse(point.startedAt) / 1000}`);
  }
  const cases = new Map(latest.map((one) => [one.series.key, one]));
  lines.push('# TYPE paddock_case_valid gauge', '# HELP paddock_case_valid 1 when the latest night of the case is valid.');
  for (const { series, point } of cases.values()) lines.push(`paddock_case_valid${labels(series, { state: point.state })} ${point.state === 'ok' ? 1 : 0} ${Date.parse(point.startedAt) / 1000}`);
  lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}
