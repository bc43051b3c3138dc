import { distinctLabels } from '../../../src/report/case-label.ts';
import { paretoFront } from '../../../src/stats/pareto.ts';
import type { RunComparisons, SiteMetric } from '../../../src/site/data.ts';
import type { Catalogue, KnownCase } from '../catalogue.ts';
import { figure } from '../chart/frame.ts';
import { scatter, type ScatterPoint } from '../chart/scatter.ts';
import { symbolSign } from '../chart/symbol.ts';
import { asChoices, chosen, controls, select, type Choice } from '../control.ts';
import { h, name, svg, type Child } from '../element.ts';
import { quantity } from '../event-card.ts';
import { latest, type LatestValue } from '../latest.ts';
import { piece } from '../load.ts';
import type { View } from '../page.ts';
import { absent, table } from '../table.ts';
import { caseLink, change, count, day, deviceTag } from '../words.ts';

const GROUPS: readonly Choice[] = [{ value: 'variant', label: 'variant' }, { value: 'device', label: 'device' }, { value: 'delegate', label: 'delegate' }, { value: 'runtime', label: 'runtime' }];
type Group = 'variant' | 'device' | 'delegate' | 'runtime';
const TABLE_METRICS = ['latency_p50', 'latency_p99', 'sps', 'peak_memory', 'model_size', 'energy_per_inference'];

interface Row {
  readonly one: KnownCase;
  readonly label: string;
  readonly x: LatestValue;
  readonly y: LatestValue;
}

/** Variants or devices side by side for one model: what one metric costs in another, and the table of both. */
export async function comparePage(catalogue: Catalogue, choices: URLSearchParams): Promise<View> {
  const values = await latest(catalogue);
  const models = asChoices(catalogue.cases.map((one) => one.case.model));
  const model = chosen(choices, 'model', models);
  const ofModel = catalogue.cases.filter((one) => one.case.model === model);
  const workloads = asChoices(ofModel.map((one) => one.case.workload));
  const workload = chosen(choices, 'workload', workloads);
  const all = { value: '', label: 'all' };
  const devices = [all, ...asChoices(ofModel.map((one) => one.case.device))];
  const variants = [all, ...asChoices(ofModel.map((one) => one.case.variant))];
  // One device at first: numbers of several devices side by side answer another question.
  const usualDevice = devices.slice(1).find(({ value }) => catalogue.hardware(value)?.emulated === false)?.value ?? devices[1]?.value ?? '';
  const device = choices.get('device') === 'all' ? '' : chosen(choices, 'device', [{ value: usualDevice, label: usualDevice }, ...devices]);
  const variant = chosen(choices, 'variant', variants);
  const group = chosen(choices, 'by', GROUPS) as Group;
  const ranked = catalogue.overview.metrics.filter((metric) => metric.better !== null && values.has(metric.name)).map((metric): Choice => ({ value: metric.name, label: metric.label }));
  const yChoices = [...ranked].sort((a, b) => Number(b.value === 'latency_p50') - Number(a.value === 'latency_p50'));
  const xChoices = [...ranked].sort((a, b) => place(a.value) - place(b.value));
  const [x, y] = [catalogue.metric(chosen(choices, 'x', xChoices)), catalogue.metric(chosen(choices, 'y', yChoices))];
  const cases = ofModel.filter((one) => one.case.workload === workload && (device === '' || one.case.device === device) && (variant === '' || one.case.variant === variant));
  const labels = distinctLabels(cases.map((one) => one.case));
  const rows = cases.flatMap((one, i): Row[] => {
    const [a, b] = [values.get(x.name)?.get(one.id), values.get(y.name)?.get(one.id)];
    return a === undefined || b === undefined ? [] : [{ one, label: labels[i] ?? '', x: a, y: b }];
  });
  const deviceChoices = [{ value: usualDevice, label: usualDevice }, { value: 'all', label: 'all devices' }, ...devices.slice(1).filter(({ value }) => value !== usualDevice)];
  return {
    title: 'Compare', lead: ['What ', name(model), ' costs and gives, newest valid night of each case.'],
    body: [
      controls(select('Model', 'model', models, model), workloads.length < 2 ? null : select('Workload', 'workload', workloads, workload), select('Device', 'device', deviceChoices, device === '' ? 'all' : device), select('Variant', 'variant', variants, variant),
        select('Colour by', 'by', GROUPS, group), select('Across', 'x', xChoices, x.name), select('Up', 'y', yChoices, y.name)),
      rows.length === 0 ? h('p', {}, absent('no case that fits these choices has both metrics')) : chart(catalogue, rows, x, y, group),
      cases.length === 0 ? null : allMetrics(catalogue, cases, labels, values),
      outcomes(catalogue, await piece('comparisons'), cases, labels),
    ],
  };
}

/** Quality first, then size: what speed is usually paid with. */
function place(metric: string): number {
  return metric.startsWith('quality_') && metric !== 'quality_loss' ? 0 : metric === 'model_size' ? 1 : metric === 'peak_memory' ? 2 : 3;
}

function axis(metric: SiteMetric, unit: string): string {
  return unit === '' ? metric.label : `${metric.label}, ${unit.replace(/^1\//, '/')}`;
}

function chart(catalogue: Catalogue, rows: readonly Row[], x: SiteMetric, y: SiteMetric, group: Group): Child {
  const groups = [...new Set(rows.map(({ one }) => one.case[group]))].sort();
  const sign = (metric: SiteMetric): number => (metric.better === 'higher' ? -1 : 1);
  const front = new Set(paretoFront(rows.map((row) => ({ x: sign(x) * row.x.value, y: sign(y) * row.y.value }))));
  const points = rows.map((row, i): ScatterPoint => ({ label: row.label, group: groups.indexOf(row.one.case[group]), x: row.x, y: row.y, onFront: front.has(i) }));
  const [xName, yName] = [axis(x, rows[0]?.x.unit ?? ''), axis(y, rows[0]?.y.unit ?? '')];
  return h('section', {}, figure({
    title: `${y.label} against ${x.label.toLowerCase()}`, note: `Up: ${better(y)}; across: ${better(x)}. Bars are 95 % intervals; hollow marks are beaten on both axes by another.`,
    chart: scatter(points, xName, yName), tableTitle: 'The numbers behind this chart',
    legend: [...groups.map((each, i) => [symbolSign(i), each] as const), [svg('svg', { class: 'plot', viewBox: '0 0 26 12', 'aria-hidden': 'true' }, svg('path', { class: 'front', d: 'M1 6H25' })), 'Pareto front: nothing is better on both axes']],
    columns: [{ head: 'Case', kind: 'name' }, { head: xName, kind: 'number' }, { head: yName, kind: 'number' }, { head: 'On the front' }],
    rows: () => rows.map((row, i) => [[caseLink(row.one, name(row.label)), tagOf(catalogue, row.one)], quantity(row.x, row.x.unit), quantity(row.y, row.y.unit), front.has(i) ? 'yes' : 'no']),
  }));
}

function tagOf(catalogue: Catalogue, one: KnownCase): Child {
  return deviceTag(catalogue.hardware(one.case.device));
}

function better(metric: SiteMetric): string {
  return metric.better === 'higher' ? 'more is better' : 'less is better';
}

function allMetrics(catalogue: Catalogue, cases: readonly KnownCase[], labels: readonly string[], values: Awaited<ReturnType<typeof latest>>): Child {
  const metrics = catalogue.overview.metrics.filter(({ name: metric }) => (TABLE_METRICS.includes(metric) || metric.startsWith('quality_')) && cases.some((one) => values.get(metric)?.has(one.id) === true));
  const newest = new Set(catalogue.overview.newest.map(({ run }) => run));
  return h('section', {}, h('h2', {}, 'Side by side'), h('div', { class: 'boxed' }, table('All cases of this choice', [{ head: 'Case', kind: 'name' }, ...metrics.map((metric) => ({ head: metric.label, kind: 'number' as const }))],
    cases.map((one, i) => [[caseLink(one, name(labels[i] ?? one.label)), tagOf(catalogue, one)], ...metrics.map((metric) => {
      const value = values.get(metric.name)?.get(one.id);
      if (value === undefined) return absent('none');
      const night = catalogue.night(value.run);
      return [quantity(value, value.unit), newest.has(value.run) || night === null ? null : h('small', {}, ` of ${day(night.startedAt)}`)];
    })]))));
}

/** Verdicts that a run itself gave, from interleaved launches: the only ones that say “faster” with known error. */
function outcomes(catalogue: Catalogue, data: RunComparisons | null, cases: readonly KnownCase[], labels: readonly string[]): Child {
  const label = new Map(cases.map((one, i) => [one.key, labels[i] ?? one.label]));
  const rows = (data?.runs ?? []).flatMap(({ comparisons }) => comparisons.filter(({ base, head }) => label.has(base) && label.has(head)));
  if (rows.length === 0) return h('p', { class: 'note' }, 'The newest run compared none of these with each other; “paddock compare” does it with known error.');
  return h('section', {}, h('h2', {}, 'Compared within the newest run'), h('p', { class: 'note' }, 'Launches of both sides were interleaved; intervals hold for all comparisons together.'), h('div', { class: 'boxed' },
    table('Comparisons of the run', [{ head: 'Base', kind: 'name' }, { head: 'Against', kind: 'name' }, { head: 'Metric' }, { head: 'Change', kind: 'number' }, { head: '95 % interval', kind: 'number' }, { head: 'Verdict' }],
      rows.map(({ base, head, metric, ratio, low, high, outcome, reason }) => [name(label.get(base) ?? base), name(label.get(head) ?? head), catalogue.metric(metric).label, ratio === null ? absent(reason) : change(ratio),
        low === null || high === null ? '–' : `${change(low)} to ${change(high)}`, h('span', { class: `outcome ${outcome}`, title: reason }, outcome)]))),
    h('p', { class: 'note' }, count(rows.length, 'comparison', 'comparisons')));
}
