import { METRICS, isMetricName, type Metric } from '../../domain/metric.ts';
import type { QualityResult } from '../../domain/quality-result.ts';
import { paretoFront } from '../../stats/pareto.ts';
import { tradeOff, type TradeOffPoint } from '../chart/trade-off.ts';
import { deviceWords } from '../case-label.ts';
import { escapeHtml } from '../escape-html.ts';
import { metricWords } from '../metric-names.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { boundText } from '../trade-off/bound.ts';
import { counts } from '../trade-off/counts.ts';
import type { Candidate, TradeOff } from '../trade-off/trade-offs.ts';
import { dataTable, type TableCell } from './data-table.ts';
import { figure } from './figure.ts';
import { lineageTable } from './lineage-table.ts';
import { swatch } from './swatch.ts';

const STANDING_WORDS: Readonly<Record<Candidate['standing'], { readonly mark: string; readonly word: string; readonly style: string }>> = {
  recommended: { mark: '★', word: 'recommended', style: 'ok' }, lost: { mark: '–', word: 'not chosen', style: 'skipped' }, blocked: { mark: '!', word: 'blocked', style: 'invalid' }, candidate: { mark: '✓', word: 'valid', style: 'ok' },
};

/** More than a person compares; all are decided over, and the data files have them. */
const GROUPS_SHOWN = 200;
const CANDIDATES_SHOWN = 200;

function leftOut(count: number, one: string, many: string): string {
  return count <= 0 ? '' : `<p class="note">${NUMBER_FORMAT.count(count)} more ${count === 1 ? `${one} is` : `${many} are`} left out here; results.json and results.csv have all of them.</p>`;
}

/** What to ship: per device and delegate a table, Pareto charts, the recommendation and why the others lost. Nothing without trade-offs. */
export function tradeOffSection(groups: readonly TradeOff[]): string {
  if (groups.length === 0) return '';
  const parts = groups.slice(0, GROUPS_SHOWN).map((group, index) => {
    const { case: c } = group;
    // What is recommended is always shown.
    const shown = group.candidates.filter((candidate, i) => i < CANDIDATES_SHOWN || candidate.standing === 'recommended');
    const facts = group.candidates.map(({ result }) => result.quality).find((quality) => quality !== null && quality !== undefined);
    const delegates = [...Map.groupBy(shown, ({ result: { case: { runtime, delegate } } }) => `${runtime} · ${delegate}`)];
    const tables = delegates.map(([name, candidates]) => `<h4>${escapeHtml(`${name} on ${deviceWords(c)}`)}</h4>${candidateTable(group, candidates, name)}`).join('');
    const lineages = delegates.map(([name, candidates]) => lineageTable(group.model, candidates, delegates.length === 1 ? '' : name)).join('');
    return `<h3>${escapeHtml(c.model)} <small>${escapeHtml(`${c.workload}${c.workload === c.scenario ? '' : ` (${c.scenario})`} on ${deviceWords(c)}${c.options.batch === 1 ? '' : `, batch ${c.options.batch}`}`)}</small></h3>
${advice(group)}${facts === undefined ? '' : dataWords(facts)}${tables}${leftOut(group.candidates.length - shown.length, 'candidate', 'candidates')}${charts({ ...group, candidates: shown }, index)}${lineages}`;
  });
  return `<section id="trade-offs" aria-labelledby="h-trade-offs"><h2 id="h-trade-offs">What to ship</h2>${parts.join('\n')}${leftOut(groups.length - parts.length, 'model, workload or device', 'models, workloads or devices')}</section>`;
}

function advice({ advice: text, constraints, recommended }: TradeOff): string {
  if (text === null) return '<p class="note">The suite does not say what may be shipped: name bounds under <code>tradeOff</code>, as in <code>constraints: ["quality_loss &lt;= 1 %"]</code>, and one will be recommended here.</p>';
  const bounds = constraints.length === 0 ? '' : `<p class="note">Bounds: ${escapeHtml(constraints.map(boundText).join(' · '))}.</p>`;
  return `<p class="advice${recommended === null ? ' none' : ''}">${escapeHtml(text)}</p>${bounds}`;
}

function dataWords({ data, maxLoss }: QualityResult): string {
  const items = data.items === data.allItems ? `${NUMBER_FORMAT.count(data.items)} items` : `${NUMBER_FORMAT.count(data.items)} of ${NUMBER_FORMAT.count(data.allItems)} items`;
  return `<p class="note">Quality over ${escapeHtml(`${items} of ${data.name}, split ${data.split} (${data.task}; ${data.origin}: ${data.how}; ${data.licence}; sha256 ${data.sha256.slice(0, 12)})`)}, on each device and delegate.${maxLoss === null ? '' : ` A variant that loses more than ${maxLoss}\u202f% is blocked.`}</p>`;
}

/** Columns of the table: the objective, what bounds name, quality, and the costs that were measured. */
function columnsOf(group: TradeOff): readonly string[] {
  const wanted = [group.headline, group.objective, ...group.constraints.map(({ metric }) => metric)];
  const there = new Set(group.candidates.flatMap(({ result }) => Object.keys(result.metrics)));
  const costs = ['latency_p90', 'peak_memory', 'model_size', 'energy_per_inference'];
  const quality = [...there].filter((name) => name.startsWith('quality_'));
  return [...new Set([...wanted, ...costs, ...quality])].filter((name) => there.has(name)).sort((a, b) => order(a) - order(b));
}

function order(name: string): number {
  return isMetricName(name) ? Object.keys(METRICS).indexOf(name) : Number.MAX_SAFE_INTEGER;
}

function candidateTable(group: TradeOff, candidates: readonly Candidate[], name: string): string {
  const columns = columnsOf(group);
  const rows = candidates.map((candidate): readonly TableCell[] => {
    const { result: { case: c }, standing, why } = candidate;
    const words = STANDING_WORDS[standing];
    return [
      { html: `<b>${escapeHtml(c.variant)}</b>${c.options.threads === 1 ? '' : `<br><small>${c.options.threads} threads</small>`}` },
      { html: `<span class="verdict ${words.style}"><span aria-hidden="true">${words.mark}</span> ${words.word}</span>${why === '' ? '' : `<br><small>${escapeHtml(why)}</small>`}` },
      ...columns.map((column): TableCell => ({ html: metricHtml(candidate, column) })),
    ];
  });
  return dataTable(`Candidates of ${group.case.model} with ${name}`, ['Variant', 'Standing', ...columns.map((column) => metricWords(column).label)], rows) + '<p class="note">×: against the variant that it is made from. Struck out: the numbers of a blocked variant don’t count. Intervals at 95 %: of speed, memory and energy over launches, of quality over items.</p>';
}

function metricHtml({ result, ratios }: Candidate, name: string): string {
  const metric = result.metrics[name];
  if (metric === undefined) return `<span class="absent" title="${escapeHtml(result.absent[name] ?? 'not measured')}">—</span>`;
  const isQuality = name.startsWith('quality_') || name === 'model_size';
  const ratio = ratios[name];
  const text = escapeHtml(isQuality ? NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(metric), metric.unit) : NUMBER_FORMAT.quantity(metric, metric.unit));
  const interval = name.startsWith('quality_') && counts(result, name) && metric.low !== null && metric.high !== null && metric.low !== metric.high ? `<br><small>${escapeHtml(NUMBER_FORMAT.interval(metric, metric.unit))}</small>` : '';
  return `<span${counts(result, name) ? '' : ' class="untrusted"'}>${text}</span>${interval}${ratio === undefined ? '' : `<br><small>×\u202f${NUMBER_FORMAT.plain(ratio, 3)}</small>`}`;
}

const COSTS = ['latency', 'model_size', 'energy_per_inference', 'peak_memory'] as const;

/** Quality against what it costs. */
function charts(group: TradeOff, index: number): string {
  const trusted = group.candidates.filter(({ result }) => result.verdict.status === 'ok');
  const primary = trusted.map(({ result }) => result.quality?.primary).find((name) => name !== undefined) ?? null;
  if (primary === null || trusted.length < 2) return '';
  const variants = [...new Set(group.candidates.map(({ result }) => result.case.variant))];
  const figures = COSTS.map((cost) => chart(trusted, cost === 'latency' ? group.headline : cost, primary, variants, `t${index}-${cost.replaceAll('_', '')}`)).filter((html) => html !== '');
  if (figures.length === 0) return '';
  const legend = variants.map((variant, i) => `<li>${swatch(i)}${escapeHtml(variant)}</li>`).join('');
  return `<div class="charts">${figures.join('')}</div><ul class="legend" aria-label="Variants">${legend}<li><svg width="26" height="12" aria-hidden="true"><path d="M1 6H25" stroke="var(--chart-front)" stroke-width="1.5" stroke-dasharray="5 3"/></svg>Pareto front: nothing valid that is shown is better on both axes by its value; bars are 95 % intervals</li></ul>`;
}

function ends({ low, high }: Metric): readonly [number, number] | null {
  return low === null || high === null || low === high ? null : [low, high];
}

function chart(trusted: readonly Candidate[], cost: string, primary: string, variants: readonly string[], id: string): string {
  const points = trusted.flatMap(({ result, label }) => {
    const x = result.metrics[cost];
    const y = result.metrics[primary];
    return x === undefined || y === undefined ? [] : [{ label, x, y, variant: result.case.variant }];
  });
  const [first] = points;
  if (points.length < 2 || first === undefined) return '';
  const [xWords, yWords] = [metricWords(cost), metricWords(primary)];
  const sign = (better: 'lower' | 'higher' | null): number => (better === 'higher' ? -1 : 1);
  const front = new Set(paretoFront(points.map(({ x, y }) => ({ x: sign(xWords.better) * x.value, y: sign(yWords.better) * y.value }))));
  const axis = (label: string, unit: string): string => (unit === '' ? label : `${label}, ${unit.replace(/^1\//, '/')}`);
  const [xAxis, yAxis] = [axis(xWords.label, first.x.unit), axis(yWords.label, first.y.unit)];
  const drawn = points.map((point, i): TradeOffPoint => ({ label: point.label, series: variants.indexOf(point.variant), x: point.x.value, y: point.y.value, xEnds: ends(point.x), yEnds: ends(point.y), onFront: front.has(i) }));
  return figure({
    id, title: `${yWords.label} against ${xWords.label.toLowerCase()}`, note: '',
    chart: tradeOff(xAxis, yAxis, drawn, { xFromZero: true, yFromZero: false, yBetter: yWords.better }),
    data: { columns: ['variant', xAxis, yAxis, 'low', 'high', 'on the front'], rows: points.map((point, i) => [point.label, point.x.value, point.y.value, point.y.low, point.y.high, front.has(i) ? 'yes' : 'no']) },
  });
}
