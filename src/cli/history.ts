import { ENVIRONMENT_FIELDS, environmentChanges } from '../domain/environment.ts';
import type { Series, SeriesPoint } from '../domain/series.ts';
import { HISTORY_SCHEMA_VERSION } from '../domain/event.ts';
import { incidentsOf } from '../history/incidents.ts';
import { metricWords } from '../report/metric-names.ts';
import { NUMBER_FORMAT } from '../report/number.ts';
import { shortened } from '../report/plain-text.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { storePath } from './run-ref.ts';
import { sinceDate } from './since.ts';
import { paint, printable, table } from './terminal.ts';
import { INCIDENT_LETTER, STATE_LETTERS, textChart } from './text-chart.ts';

export interface HistoryOptions {
  readonly metric?: string;
  readonly since?: string;
  readonly db?: string;
  readonly json?: true;
}

/** The table under a chart has the last nights, and before them those that have something to tell: another state, other surroundings. The chart and --json have all. */
const LAST_NIGHTS = 5;
const TABLE_NIGHTS = 16;
const CHART_HEIGHT = 10;
/** Where the output is no terminal. */
const DEFAULT_WIDTH = 100;
/** Keys that are listed where several or none match. */
const MAX_CANDIDATES = 20;

/** The series of the one case whose key is, or contains, the text. Throws UsageError. */
function seriesOf(store: Store, text: string): readonly Series[] {
  const exact = store.history.series({ key: text });
  if (exact.length > 0) return exact;
  const all = store.history.series();
  const keys = [...new Set(all.map((series) => series.key))];
  const found = keys.filter((key) => key.includes(text));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return all.filter((series) => series.key === first);
  const listed = (found.length > 0 ? found : keys).slice(0, MAX_CANDIDATES).map((key) => `\n  ${printable(key)}`).join('');
  throw new UsageError(found.length > 0 ? `"${text}" is part of ${found.length} case keys; name one:${listed}` : keys.length === 0 ? `${store.path} has no results yet` : `no case has "${text}" in its key; there are ${keys.length}:${listed}`);
}

/** The metric asked for, else the one that people look for first. Throws UsageError. */
function chosen(series: readonly Series[], metric: string | undefined): Series {
  const names = metric === undefined ? ['latency_p50', 'sps'] : [metric];
  const found = names.map((name) => series.find((one) => one.metric === name)).find((one) => one !== undefined) ?? (metric === undefined ? series[0] : undefined);
  if (found === undefined) throw new UsageError(`the case has no metric "${metric ?? ''}"; it has: ${series.map((one) => one.metric).join(', ')}`);
  return found;
}

/** What was another than on the night before that has an environment, in words. */
function changesBefore(points: readonly SeriesPoint[], at: number): string {
  const now = points[at]?.environment ?? null;
  const before = points.slice(0, at).findLast((point) => point.environment !== null)?.environment ?? null;
  if (now === null || before === null) return '';
  return environmentChanges(before, now).map(({ field, from, to }) => `${ENVIRONMENT_FIELDS[field].label} ${shortened(from, 24)} -> ${shortened(to, 24)}`).join('; ');
}

function print(series: Series, points: readonly SeriesPoint[], marks: ReadonlySet<string>, incidents: ReadonlyMap<string, string>): void {
  const out = process.stdout;
  const words = metricWords(series.metric);
  const text = (value: number): string => NUMBER_FORMAT.withUnit(NUMBER_FORMAT.plain(value, 4), series.unit);
  const chart = textChart(points, marks, incidents, { width: out.columns ?? DEFAULT_WIDTH, height: CHART_HEIGHT }, text);
  const counts = Map.groupBy(points, (point) => point.state);
  out.write(`${paint(out, 'bold', `${words.label} of ${printable(series.key)}${series.case.emulated === true ? ' (emulated)' : ''}`)}\n`);
  out.write(`${points.length} ${points.length === 1 ? 'night' : 'nights'}: ${[...counts].map(([state, list]) => `${list.length} ${state}`).join(', ')}${chart.nightsPerColumn > 1 ? `; a column is the median of ${chart.nightsPerColumn} nights` : ''}\n\n`);
  for (const line of chart.lines) out.write(`${line}\n`);
  const letters = [...counts.keys()].filter((state) => state !== 'ok').map((state) => `${STATE_LETTERS[state]} ${state}`);
  const incidentNights = points.filter(({ runId }) => incidents.has(runId)).length;
  if (incidentNights > 0) letters.push(`${INCIDENT_LETTER} device incident: not watched`);
  if (marks.size > 0) letters.push('^ a change');
  if (letters.length > 0) out.write(`${letters.join('   ')}\n`);
  const telling = points.map((point, index) => ({ point, changes: changesBefore(points, index) }))
    .filter(({ point, changes }, index) => index >= points.length - LAST_NIGHTS || point.state !== 'ok' || incidents.has(point.runId) || changes !== '');
  const rows = telling.slice(-TABLE_NIGHTS).map(({ point, changes }) => [
    point.startedAt.slice(0, 16).replace('T', ' '), point.runId, point.state, point.value === null ? '—' : NUMBER_FORMAT.quantity(point.value, series.unit),
    printable([incidents.has(point.runId) ? `device incident: ${shortened(incidents.get(point.runId) ?? '', 60)}` : '', point.state === 'ok' ? '' : shortened(point.reason ?? '', 60), changes].filter((part) => part !== '').join('; ')),
  ]);
  out.write(`\n${table(['night', 'run', 'state', words.label, 'what changed'], rows, new Set([3]))}\n`);
  if (points.length > rows.length) out.write(`… and ${points.length - rows.length} other nights; --json has all of them\n`);
}

/** `paddock history`: a case's metrics, night after night. */
export async function history(reference: string, options: HistoryOptions): Promise<ExitCode> {
  using store = openStore(storePath(options.db), { mode: 'read' });
  const series = seriesOf(store, reference);
  const since = options.since === undefined ? '' : sinceDate(options.since);
  const pointsOf = (one: Series): readonly SeriesPoint[] => store.history.points(one).filter((point) => point.startedAt >= since);
  const incidentOf = incidentsOf(store);
  const incidents = new Map(series.slice(0, 1).flatMap((one) => pointsOf(one).flatMap(({ runId }): [string, string][] => {
    const reason = incidentOf(one, runId);
    return reason === null ? [] : [[runId, reason]];
  })));
  if (options.json === true) {
    const listed = options.metric === undefined ? series : [chosen(series, options.metric)];
    process.stdout.write(`${JSON.stringify({
      schemaVersion: HISTORY_SCHEMA_VERSION, key: series[0]?.key, case: series[0]?.case, suite: series[0]?.suite,
      series: listed.map((one) => ({ metric: one.metric, unit: one.unit, points: pointsOf(one) })),
      incidents: [...incidents].map(([runId, reason]) => ({ runId, reason })),
    }, null, 2)}\n`);
    return EXIT.ok;
  }
  const one = chosen(series, options.metric);
  const marks = new Set(store.events.list().flatMap((event) => event.series.flatMap((member) => (member.key !== one.key || member.metric !== one.metric ? [] : [member.firstBad, ...(member.fixedBy === null ? [] : [member.fixedBy])]))));
  print(one, pointsOf(one), marks, incidents);
  return EXIT.ok;
}
