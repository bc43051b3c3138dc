import type { CaseResult } from '../../domain/result.ts';
import type { Metric } from '../../domain/metric.ts';
import type { ModelFacts } from '../../domain/run-report.ts';
import { paretoFront } from '../../stats/pareto.ts';
import { deviceWords, distinctLabels } from '../case-label.ts';
import { caseDots } from '../chart/case-dots.ts';
import { tradeOff, type TradeOffPoint } from '../chart/trade-off.ts';
import { escapeHtml } from '../escape-html.ts';
import { comparableGroup } from '../comparable.ts';
import { headlineMetric } from '../headline-metric.ts';
import { metricWords } from '../metric-names.ts';
import { figure } from './figure.ts';
import { swatch } from './swatch.ts';

/** A result with the headline number of its scenario. */
interface Measured {
  readonly result: CaseResult;
  readonly metric: Metric;
  readonly label: string;
}

/** Rows of one dot chart; more would be a wall. */
const ROWS_SHOWN = 40;

/** Charts of each model: its cases side by side, and what speed costs in size and memory. */
export function modelSection(results: readonly CaseResult[], models: readonly ModelFacts[], coverage: string): string {
  const groups = Map.groupBy(results, (result) => comparableGroup(result.case));
  const parts: string[] = [];
  let model: string | null = null;
  for (const members of [...groups.values()].sort((a, b) => order(results, a, b))) {
    const html = groupCharts(members, `g${parts.length}`);
    const first = members[0];
    if (html === '' || first === undefined) continue;
    if (first.case.model !== model) parts.push(`<h3>${escapeHtml(first.case.model)}</h3>${modelWords(models.find((facts) => facts.id === first.case.model))}`);
    model = first.case.model;
    parts.push(`<h4>${escapeHtml(first.case.workload)}${first.case.workload === first.case.scenario ? '' : ` (${escapeHtml(first.case.scenario)})`} on ${escapeHtml(deviceWords(first.case))}${first.case.options.batch === 1 ? '' : `, batch ${first.case.options.batch}`}</h4>${html}`);
  }
  if (parts.length === 0) return '';
  return `<section id="models" aria-labelledby="h-models"><h2 id="h-models">Models</h2><p class="note">${escapeHtml(coverage)} Filled marks are valid numbers; what is not trusted is hollow and grey, and never on a front.</p>${parts.join('\n')}</section>`;
}

/** What the suite says of a model: its task, a description, and that its weights are made up. */
export function modelWords(model: ModelFacts | undefined): string {
  const words = [model?.task, model?.description, model?.weights === 'generated' ? 'Its weights are generated: a stand-in, which has no quality.' : null].filter((text) => text !== null && text !== undefined);
  return words.length === 0 ? '' : `<p class="note">${words.map(escapeHtml).join('. ').replaceAll('.. ', '. ')}</p>`;
}

/** Groups of one model together, models in the order in which they first came. */
function order(results: readonly CaseResult[], a: readonly CaseResult[], b: readonly CaseResult[]): number {
  const place = (members: readonly CaseResult[]): number => results.findIndex((result) => result.case.model === members[0]?.case.model);
  return place(a) - place(b);
}

function groupCharts(members: readonly CaseResult[], id: string): string {
  const with_ = members.flatMap((result) => {
    const metric = result.metrics[headlineMetric(result)];
    return metric === undefined || (result.verdict.status !== 'ok' && result.verdict.status !== 'invalid') ? [] : [{ result, metric }];
  });
  const first = with_[0];
  if (first === undefined) return '';
  const labels = distinctLabels(with_.map(({ result }) => result.case));
  const measured = with_.map((item, i): Measured => ({ ...item, label: labels[i] ?? '' }));
  const name = headlineMetric(first.result);
  const axis = `${metricWords(name).label}, ${first.metric.unit.replace(/^1\//, '/')}`;
  const shown = measured.slice(0, ROWS_SHOWN);
  const dots = figure({
    id: `${id}d`, title: `${metricWords(name).label} by case`, note: `${metricWords(name).better === 'lower' ? 'Shorter' : 'Longer'} is better. The bar is the 95 % interval over launches.${measured.length > ROWS_SHOWN ? ` The first ${ROWS_SHOWN} of ${measured.length}.` : ''}`,
    chart: caseDots(axis, shown.map(({ label, metric, result }) => ({ label, metric, trusted: result.verdict.status === 'ok' }))),
    data: { columns: ['case', 'verdict', axis, 'low', 'high', 'n'], rows: shown.map(({ label, metric, result }) => [label, result.verdict.status, metric.value, metric.low, metric.high, metric.n]) },
  });
  return tradeOffs(dots, measured, name, axis, id);
}

/** The dots beside the trade-offs there are. */
function tradeOffs(dots: string, measured: readonly Measured[], name: string, yAxis: string, id: string): string {
  const trusted = measured.filter(({ result }) => result.verdict.status === 'ok');
  if (trusted.length < 2) return `<div class="charts">${dots}</div>`;
  const costs = ['model_size', 'peak_memory'];
  const variants = [...new Set(trusted.map(({ result }) => result.case.variant))];
  const figures = costs.map((cost) => tradeOffFigure(trusted, cost, name, yAxis, `${id}-${cost.replace(/\W/g, '')}`, variants)).filter((html) => html !== '');
  if (figures.length === 0) return `<div class="charts">${dots}</div>`;
  const legend = variants.length === 1 ? '' : variants.map((variant, i) => `<li>${swatch(i)}${escapeHtml(variant)}</li>`).join('');
  return `<div class="charts beside">${dots}${figures.join('')}</div><ul class="legend" aria-label="Variants">${legend}<li><svg width="26" height="12" aria-hidden="true"><path d="M1 6H25" stroke="var(--chart-front)" stroke-width="1.5" stroke-dasharray="5 3"/></svg>Pareto front: nothing valid is better on both axes</li></ul>`;
}

function tradeOffFigure(trusted: readonly Measured[], cost: string, name: string, yAxis: string, id: string, variants: readonly string[]): string {
  const points = trusted.flatMap(({ result, metric, label }) => {
    const x = result.metrics[cost];
    return x === undefined ? [] : [{ label, x, y: metric, variant: result.case.variant, key: result.key }];
  });
  const unit = points[0]?.x.unit;
  if (points.length < 2 || unit === undefined || points.some(({ x }) => x.unit !== unit)) return '';
  // One file has one size: a line of points says nothing.
  if (new Set(points.map(({ x }) => x.value)).size === 1) return '';
  const words = metricWords(cost);
  const xSign = sign(words.better);
  const ySign = sign(metricWords(name).better);
  const front = new Set(xSign === 0 || ySign === 0 ? [] : paretoFront(points.map(({ x, y }) => ({ x: xSign * x.value, y: ySign * y.value }))));
  const xAxis = unit === '' ? words.label : `${words.label}, ${unit}`;
  const drawn = points.map((point, i): TradeOffPoint => ({ label: point.label, series: variants.indexOf(point.variant), x: point.x.value, y: point.y.value, xEnds: null, yEnds: null, onFront: front.has(i) }));
  return figure({
    id, title: `${metricWords(name).label} against ${words.label.toLowerCase()}`, note: xSign === 0 ? 'Which way is better is not known for this metric, so no front is drawn.' : '',
    chart: tradeOff(xAxis, yAxis, drawn, { xFromZero: true, yFromZero: true, yBetter: metricWords(name).better }),
    data: { columns: ['case', xAxis, yAxis, 'on the front'], rows: drawn.map((point) => [point.label, point.x, point.y, point.onFront ? 'yes' : 'no']) },
  });
}

/** Turns a direction into a factor for "lower is better"; 0 when it is not known. */
function sign(better: 'lower' | 'higher' | null): -1 | 0 | 1 {
  return better === null ? 0 : better === 'lower' ? 1 : -1;
}
