import { NUMBER_FORMAT } from '../../../src/report/number.ts';
import type { Catalogue, KnownCase } from '../catalogue.ts';
import { figure } from '../chart/frame.ts';
import { readable } from '../chart/readable.ts';
import { laneFigure, lanesOf, trend } from '../chart/trend.ts';
import { chosen, controls, select, type Choice } from '../control.ts';
import { h, name, svg, type Child } from '../element.ts';
import { quantity, surroundings } from '../event-card.ts';
import { levelsOf, marksOf, noiseFloor, type Mark } from '../levels.ts';
import { piece } from '../load.ts';
import type { View } from '../page.ts';
import { linkTo } from '../route.ts';
import { loadSeries, type Point } from '../series.ts';
import { beginOf, spans } from '../span.ts';
import { changedBefore, environmentSigns, type EnvironmentSign } from '../surroundings.ts';
import { table } from '../table.ts';
import { caseLink, change, count, day, deviceName, eventBadge, eventState, verdictBadge } from '../words.ts';

const SPANS = spans('90');

/** One metric of one case, night after night. */
export async function trendPage(catalogue: Catalogue, choices: URLSearchParams): Promise<View> {
  const one = catalogue.caseByKey(choices.get('case'));
  if (one === null) throw new Error(choices.has('case') ? `this site has no case ${choices.get('case') ?? ''}` : 'the address names no case');
  const span = chosen(choices, 'span', SPANS);
  const [series, events] = await Promise.all([loadSeries(catalogue, one, beginOf(catalogue, span)), piece('events')]);
  const metrics = catalogue.overview.metrics.filter((metric) => series.units.has(metric.name)).map((metric): Choice => ({ value: metric.name, label: metric.label }));
  const metric = catalogue.metric(chosen(choices, 'metric', [...metrics].sort((a, b) => first(a.value) - first(b.value))));
  const unit = series.units.get(metric.name) ?? metric.unit;
  const axisName = unit === '' ? metric.label : `${metric.label}, ${unit.replace(/^1\//, '/')}`;
  const { points } = series;
  const marks = marksOf(points, one.key, metric.name, events ?? []);
  const noise = noiseFloor(points, metric.name);
  const levels = levelsOf(points, metric.name, marks);
  const signs = environmentSigns(catalogue, points);
  // Marks are of units: those of a pool's case are of the unit that it ran on.
  const ranOn = new Map(points.map(({ night, environment }) => [night.seq, environment?.unit]));
  const incidents = new Map(catalogue.overview.incidents.filter(({ run, device }) => device === one.case.device || device === ranOn.get(run)).map(({ run, reason }) => [run, reason]));
  const valid = points.filter((point) => point.state === 'ok' && point.values.has(metric.name));
  const last = valid.at(-1);
  const lanes = lanesOf(points);
  const drawn = trend({
    points, signs, metric: metric.name, levels, marks, noiseSd: 'sd' in noise ? noise.sd : null, axisName,
    incidents: new Set(points.flatMap(({ night }, i) => (incidents.has(night.seq) ? [i] : []))),
    description: `${metric.label} of ${count(points.length, 'night', 'nights')}, ${valid.length} of them valid; ${levels.length === 0 ? 'no level' : `${levels.length === 1 ? 'level' : 'levels'} ${levels.map(({ value }) => NUMBER_FORMAT.plain(value, 4)).join(', then ')} ${unit}`}. The table below has every night.`,
  });
  return {
    title: `${metric.label}, night after night`, lead: [caseLink(one, [h('b', {}, name(one.case.model)), ' ', h('span', { class: 'case-label' }, name(one.setup))]), ' on ', deviceName(catalogue, one.case.device)],
    body: [
      controls(select('Metric', 'metric', metrics, metric.name), select('Span', 'span', SPANS, span)),
      h('p', {}, last === undefined ? 'No valid night in this span.' : ['Newest valid night: ', h('b', {}, quantity(last.values.get(metric.name), unit)), ` on ${day(last.night.startedAt)}. `,
        'sd' in noise ? [`A night is within `, h('b', {}, `±${NUMBER_FORMAT.share(2 * noise.sd)}`), ' of its level, 19 times in 20.'] : `The noise of a night is not known: ${noise.reason}.`]),
      figure({
        title: axisName, note: [metric.meaning ?? '', metric.better === null ? '' : ` ${metric.better === 'lower' ? 'Less' : 'More'} is better.`], chart: readable(drawn, points, choices.get('at'), (index) => nightInWords(catalogue, points, index, metric.name, unit, incidents)),
        legend: legend(points, { hasIncidents: points.some(({ night }) => incidents.has(night.seq)), hasBeyond: drawn.beyond > 0, hasSigns: signs.length > 0, hasMarks: marks.length > 0 }), tableTitle: `All ${count(points.length, 'night', 'nights')}`,
        columns: [{ head: 'Night' }, { head: 'State' }, { head: metric.label, kind: 'number' }, { head: 'n', kind: 'number' }, ...lanes.map((lane) => ({ head: lane.name, kind: 'number' as const })), { head: 'What changed, or why there is no number' }],
        rows: () => points.map((point, i) => [h('a', { href: linkTo('', { night: point.night.id }) }, day(point.night.startedAt)), state(point), valueText(point, metric.name, unit), String(point.values.get(metric.name)?.n ?? '–'), ...lanes.map(({ read }) => laneText(read(point))),
          [incidents.get(point.night.seq), point.state === 'ok' ? '' : point.reason, changedBefore(catalogue, points, i)].filter((part) => part !== undefined && part !== null && part !== '').join('; ')]).reverse(),
      }),
      changesSection(catalogue, points, marks, metric.name, one), surroundingsSection(points, signs),
    ],
  };
}

/** What people look at first. */
function first(metric: string): number {
  return metric === 'latency_p50' ? 0 : metric === 'sps' ? 1 : 2;
}

function state({ state: is }: Point): HTMLElement {
  return is === 'not-run' ? h('span', { class: 'verdict skipped' }, 'not run') : verdictBadge(is);
}

function valueText(point: Point, metric: string, unit: string): string | HTMLElement {
  const value = point.values.get(metric);
  if (value === undefined) return '—';
  return point.state === 'ok' ? quantity(value, unit) : h('s', { class: 'untrusted' }, quantity(value, unit));
}

function laneText(value: number | null): string {
  return value === null ? '–' : laneFigure(value);
}

/** A night's values in words. */
function nightInWords(catalogue: Catalogue, points: readonly Point[], index: number, metric: string, unit: string, incidents: ReadonlyMap<number, string>): Child {
  const point = points[index];
  if (point === undefined) return null;
  return [h('b', {}, day(point.night.startedAt)), ' ', state(point), ' ', valueText(point, metric, unit), point.temperatureMaxC === null ? '' : ` · ${point.temperatureMaxC.toFixed(0)} °C`,
    h('small', {}, [incidents.get(point.night.seq) ?? '', point.reason ?? '', changedBefore(catalogue, points, index)].filter((part) => part !== '').map((part) => ` · ${part}`).join(''))];
}

/** What the chart has, in signs and words; no sign that it has not. */
function legend(points: readonly Point[], { hasIncidents, hasBeyond, hasSigns, hasMarks }: Readonly<Record<'hasIncidents' | 'hasBeyond' | 'hasSigns' | 'hasMarks', boolean>>): readonly (readonly [Child, string])[] {
  const sign = (...children: readonly Child[]): Element => svg('svg', { class: 'plot', viewBox: '0 0 26 12', 'aria-hidden': 'true' }, children);
  const states = new Set(points.map((point) => point.state));
  return [
    [sign(svg('rect', { class: 'band', x: 0, y: 1, width: 26, height: 10 }), svg('path', { class: 'line', d: 'M0 6H26' })), 'value with its 95 % interval'],
    [sign(svg('rect', { class: 'floor', x: 0, y: 1, width: 26, height: 10 }), svg('path', { class: 'level', d: 'M0 6H26' })), 'level, and where 19 of 20 nights fall'],
    ...(hasMarks ? [[sign(svg('line', { class: 'event-line regressed', x1: 13, x2: 13, y1: 0, y2: 12 })), 'a change (its event above)'] as const] : []),
    ...(hasSigns ? [[sign(svg('line', { class: 'environment-line', x1: 13, x2: 13, y1: 0, y2: 12 })), 'surroundings changed (letter: below)'] as const] : []),
    ...(hasIncidents ? [[sign(svg('rect', { class: 'incident', x: 4, y: 0, width: 18, height: 12 })), 'device incident'] as const] : []),
    ...(hasBeyond ? [[sign(svg('path', { class: 'dot', d: 'M13 1L18 10H8z' })), 'lies beyond the edge; its value is in the table'] as const] : []),
    ...(states.has('invalid') ? [[sign(svg('circle', { class: 'struck', cx: 13, cy: 6, r: 4 })), 'invalid: does not count'] as const] : []),
    ...(['ok', 'invalid', 'failed', 'skipped', 'unsupported', 'not-run'] as const).filter((each) => states.has(each)).map((each) => [sign(svg('rect', { class: `state-${each}`, x: 6, y: 2, width: 14, height: 8 })), each.replace('-', ' ')] as const),
  ];
}

function changesSection(catalogue: Catalogue, points: readonly Point[], marks: readonly Mark[], metric: string, one: KnownCase): Child {
  if (marks.length === 0) return h('p', { class: 'calm' }, 'No change was found in this span.');
  return h('section', { 'aria-labelledby': 'h-changes' }, h('h2', { id: 'h-changes' }, 'Changes'), h('div', { class: 'boxed' }, table('Changes of this series', [{ head: 'Night' }, { head: 'What' }, { head: 'Size', kind: 'number' }, { head: 'State' }, { head: 'Changed there' }],
    marks.map(({ at, event, kind }) => {
      const ratio = event.series.find((member) => member.key === one.key && member.metric === metric)?.ratio;
      return [day(points[at]?.night.startedAt ?? ''), [kind === 'fixed' ? 'fixed' : eventBadge(event), ' ', h('a', { href: linkTo('changes', { event: event.id }) }, event.id)], ratio === undefined ? '–' : change(ratio), eventState(event), surroundings(catalogue, event)];
    }))));
}

function surroundingsSection(points: readonly Point[], signs: readonly EnvironmentSign[]): Child {
  if (signs.length === 0) return null;
  return h('section', { 'aria-labelledby': 'h-environment' }, h('h2', { id: 'h-environment' }, 'Surroundings'), h('ul', {}, signs.map(({ at, letter, words }) => h('li', {}, h('b', {}, letter), ` ${day(points[at]?.night.startedAt ?? '')}: `, name(words)))));
}
