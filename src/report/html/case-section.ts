import type { CaseResult, LaunchSummary } from '../../domain/result.ts';
import type { LaunchTrace } from '../../domain/run-report.ts';
import { caseLabel } from '../case-label.ts';
import { courseChart, latencyCourse } from '../chart/latency-course.ts';
import { latencyBins, latencyHistogram } from '../chart/latency-histogram.ts';
import { escapeHtml } from '../escape-html.ts';
import { metricWords, orderedMetricNames } from '../metric-names.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { dataTable, type TableCell } from './data-table.ts';
import { conditionFacts, parityFacts, placementFacts, provenanceFacts } from './evidence.ts';
import { figure } from './figure.ts';
import { qualityFacts } from './quality-facts.ts';
import { absence, copyable, verdictBadge } from './words.ts';

const NS_PER_MS = 1e6;

/** Everything known of one case, folded; `index` names it in the page. */
export function caseDetail(result: CaseResult, index: number, traces: readonly LaunchTrace[]): string {
  const reasons = result.verdict.reasons.map((reason) => `<li><b>${escapeHtml(reason.code)}</b> ${escapeHtml(reason.message)}</li>`).join('');
  const warnings = result.warnings.map((warning) => `<li><b>${escapeHtml(warning.code)}</b> ${escapeHtml(warning.message)}</li>`).join('');
  return `<details class="case" id="case-${index}"><summary>${verdictBadge(result.verdict.status)} <b>${escapeHtml(result.case.model)}</b> <span>${escapeHtml(caseLabel(result.case))}</span></summary>
<div class="body">${reasons === '' ? '' : `<ul class="why ${result.verdict.status}">${reasons}</ul>`}${warnings === '' ? '' : `<ul class="why warn">${warnings}</ul>`}
<h4>Numbers</h4>${result.verdict.status === 'invalid' ? '<p class="note">A check failed, so these don’t count. They are shown to help find the cause.</p>' : ''}${metricTable(result)}
${charts(result, index, traces)}
<h4>Launches</h4>${launchTable(result.launches)}
<h4>Placement</h4>${placementFacts(result)}
<h4>Output against the reference</h4>${parityFacts(result)}
${qualityFacts(result)}
<h4>Conditions</h4>${conditionFacts(result)}
<h4>Provenance</h4>${provenanceFacts(result)}
<h4>Run just this case again</h4>${copyable(result.repro)}</div></details>`;
}

function metricTable(result: CaseResult): string {
  const names = orderedMetricNames([...Object.keys(result.metrics), ...Object.keys(result.absent)]);
  if (names.length === 0) return `<p>${absence('no metric was measured')}</p>`;
  const struck = result.verdict.status === 'ok' ? '' : ' class="untrusted"';
  const rows = names.map((name): readonly TableCell[] => {
    const metric = result.metrics[name];
    const label = { html: `<span title="${escapeHtml(metricWords(name).meaning ?? name)}">${escapeHtml(metricWords(name).label)}</span>` };
    if (metric === undefined) return [label, { html: absence(result.absent[name] ?? 'not measured') }, '', '', ''];
    return [label, { html: `<span${struck}>${escapeHtml(NUMBER_FORMAT.quantity(metric, metric.unit))}</span>` }, NUMBER_FORMAT.interval(metric, metric.unit), { number: String(metric.n) }, metric.method];
  });
  return dataTable('Numbers of this case', ['Metric', 'Value', '95 % interval', 'n', 'Method'], rows);
}

function charts(result: CaseResult, index: number, traces: readonly LaunchTrace[]): string {
  const filled = traces.filter((trace) => trace.latenciesNs.length > 0);
  if (filled.length === 0) return `<h4>Latencies</h4><p>${absence('no latencies were recorded')}</p>`;
  return `<h4>Latencies</h4><div class="charts">${distribution(result, index, filled)}${course(index, filled)}</div>`;
}

function distribution(result: CaseResult, index: number, traces: readonly LaunchTrace[]): string {
  const steady = Float64Array.from(traces.flatMap((trace) => Array.from(trace.latenciesNs.subarray(trace.warmupSamples)))).map((ns) => ns / NS_PER_MS);
  const marks = (['p50', 'p90', 'p99'] as const).flatMap((name) => {
    const metric = result.metrics[`latency_${name}`];
    return metric === undefined ? [] : [{ valueMs: metric.value, text: `${name} ${NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(metric), metric.unit)}` }];
  });
  const bins = latencyBins(steady, marks);
  if (bins === null) return `<p>${absence('no launch got past its warm-up')}</p>`;
  const above = bins.above === 0 ? '' : ` ${NUMBER_FORMAT.count(bins.above)} are slower than what is drawn.`;
  return figure({
    id: `c${index}h`, title: 'Distribution', note: `${NUMBER_FORMAT.count(bins.total)} inferences of the steady part of ${traces.length === 1 ? '1 launch' : `${traces.length} launches`}.${above}`,
    chart: latencyHistogram(bins, marks),
    data: { columns: ['from, ms', 'to, ms', 'inferences'], rows: bins.counts.map((count, i) => [digits(bins.lowMs + i * bins.widthMs), digits(bins.lowMs + (i + 1) * bins.widthMs), count]) },
  });
}

function course(index: number, traces: readonly LaunchTrace[]): string {
  const laid = latencyCourse(traces);
  const above = laid.above === 0 ? '' : ` ${NUMBER_FORMAT.count(laid.above)} slower ones run off the top.`;
  const conditions = laid.panels.length === 0 ? ' No conditions were sampled.' : '';
  return figure({
    id: `c${index}t`, title: 'Time line', note: `Shaded: warm-up, which does not count.${above}${conditions}`, chart: courseChart(laid),
    data: {
      columns: ['what', 'time s', 'value'],
      rows: [...laid.launches.flatMap((launch, i) => launch.points.map(([x, y]) => [`launch ${i + 1} latency ms`, digits(x), digits(y)])), ...laid.panels.flatMap((panel) => panel.launches.flatMap((points) => points.map(([x, y]) => [panel.name.replace(',', ''), digits(x), digits(y)])))],
    },
  });
}

/** Enough for any chart. */
function digits(value: number): number {
  return Number(value.toPrecision(5));
}

function launchTable(launches: readonly LaunchSummary[]): string {
  if (launches.length === 0) return `<p>${absence('no launch was made')}</p>`;
  const cell = (value: number | null, unit: string): TableCell => (value === null ? { number: '—' } : { number: NUMBER_FORMAT.withUnit(NUMBER_FORMAT.plain(value, 4), unit) });
  const rows = launches.map((launch): readonly TableCell[] => [
    { number: `${launch.block + 1}.${launch.attempt}` }, { html: `${verdictBadge(launch.status.status)} <small>${escapeHtml([...launch.status.reasons, ...launch.warnings].map((reason) => reason.message).join('; '))}</small>` }, launch.startedAt.slice(11, 19),
    { number: NUMBER_FORMAT.count(launch.samples) }, { number: NUMBER_FORMAT.count(launch.warmupSamples) }, launch.steady ? 'yes' : 'no', launch.stop, cell(launch.p50, 'ms'), cell(launch.p90, 'ms'), cell(launch.p99, 'ms'), cell(launch.mean, 'ms'), cell(launch.sps, '1/s'), cell(launch.initTime, 'ms'), cell(launch.peakMemory, 'MiB'),
  ]);
  return dataTable('Launches of this case', ['Block.attempt', 'Verdict', 'Start (UTC)', 'Samples', 'Warm-up', 'Steady', 'Ended by', 'p50', 'p90', 'p99', 'Mean', 'SPS', 'Init', 'Peak memory'], rows) + '<p class="note">—: too few samples, or the launch ended before it.</p>';
}
