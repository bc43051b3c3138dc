import { NUMBER_FORMAT } from '../../../src/report/number.ts';
import type { Catalogue, KnownCase } from '../catalogue.ts';
import { asChoices, chosen, controls, select, type Choice } from '../control.ts';
import { h, name, type Child } from '../element.ts';
import { foremost, quantity } from '../event-card.ts';
import { latest, type LatestValue } from '../latest.ts';
import type { View } from '../page.ts';
import { linkTo } from '../route.ts';
import { table } from '../table.ts';
import { change, day, deviceName } from '../words.ts';

interface Candidate {
  readonly one: KnownCase;
  readonly value: LatestValue;
}

const ALL: Choice = { value: '', label: 'best of all' };

/** Devices against models: in each cell the best case that the choices leave, by one metric. */
export async function matrixPage(catalogue: Catalogue, choices: URLSearchParams): Promise<View> {
  const table_ = await latest(catalogue);
  const metrics = catalogue.overview.metrics.filter((metric) => metric.better !== null && table_.has(metric.name)).map((metric): Choice => ({ value: metric.name, label: metric.label }));
  const metric = catalogue.metric(chosen(choices, 'metric', metrics));
  const of = (field: 'delegate' | 'variant' | 'workload' | 'runtime'): readonly Choice[] => [ALL, ...asChoices(catalogue.cases.map((one) => one.case[field]))];
  const fields = { delegate: of('delegate'), variant: of('variant'), workload: of('workload'), runtime: of('runtime') };
  const wanted = Object.entries(fields).map(([field, known]) => [field as keyof typeof fields, chosen(choices, field, known)] as const);
  const values = table_.get(metric.name) ?? new Map<number, LatestValue>();
  const cases = catalogue.cases.filter((one) => wanted.every(([field, value]) => value === '' || one.case[field] === value));
  const models = [...new Set(cases.map((one) => one.case.model))].sort();
  const devices = [...new Set(cases.map((one) => one.case.device))].sort();
  const sign = metric.better === 'higher' ? -1 : 1;
  const best = (model: string, device: string): Candidate | null => cases.filter((one) => one.case.model === model && one.case.device === device)
    .flatMap((one): Candidate[] => {
      const value = values.get(one.id);
      return value === undefined ? [] : [{ one, value }];
    }).sort((a, b) => sign * (a.value.value - b.value.value))[0] ?? null;
  const columns = models.map((model) => new Map(devices.map((device) => [device, best(model, device)])));
  const tops = columns.map((column) => [...column.values()].flatMap((cell) => (cell === null ? [] : [cell.value.value])).sort((a, b) => sign * (a - b))[0] ?? null);
  return {
    title: 'Devices and models', lead: `${metric.label} of the newest valid night, ${metric.better === 'higher' ? 'more' : 'less'} is better. In each cell the best case that the choices leave.`,
    body: [
      controls(select('Metric', 'metric', metrics, metric.name), Object.entries(fields).map(([field, known]) => (known.length <= 2 ? null : select(field.charAt(0).toUpperCase() + field.slice(1), field, known, wanted.find(([key]) => key === field)?.[1] ?? '')))),
      models.length === 0 ? h('p', {}, 'No case fits these choices.') : h('div', { class: 'boxed' }, table(`${metric.label} by device and model`, [{ head: 'Device', kind: 'name' }, ...models.map((model) => ({ head: name(model) }))],
        devices.map((device) => [deviceName(catalogue, device), ...columns.map((column, i) => cell(catalogue, column.get(device) ?? null, tops[i] ?? null, { model: models[i] ?? '', device, cases, metric: metric.name }))]), 'data matrix')),
      h('p', { class: 'note' }, 'The bar under a number is its share of the best in its column: full is the best device. A number older than the newest run says of which night it is.'),
    ],
  };
}

function cell(catalogue: Catalogue, best: Candidate | null, top: number | null, where: { readonly model: string; readonly device: string; readonly metric: string; readonly cases: readonly KnownCase[] }): Child {
  if (best === null) return h('div', { class: 'absent' }, '— ', h('small', {}, where.cases.some((one) => one.case.model === where.model && one.case.device === where.device) ? whyNone(catalogue, where) : 'not in any plan'));
  const { one, value } = best;
  const event = catalogue.openEvents(one.key)[0];
  const moved = event === undefined ? null : foremost(event);
  const newest = catalogue.night(value.run);
  const isOld = newest !== null && !catalogue.overview.newest.some(({ run }) => run === value.run);
  const link = h('a', { href: linkTo('case', { case: one.key }), class: 'heat' }, h('span', { class: 'value' }, quantity(value, value.unit)),
    h('span', { class: 'cell-note' }, name(`${one.case.variant} · ${one.case.delegate}`)),
    top === null || top === 0 ? null : h('span', { class: 'cell-note' }, value.value === top ? 'best in its column' : `${NUMBER_FORMAT.plain(Math.max(value.value / top, top / value.value), 2)} × the best`),
    isOld ? h('span', { class: 'cell-note' }, `of ${day(newest.startedAt)}`) : null,
    event === undefined ? null : h('span', { class: `moved-note ${event.kind === 'improved' ? 'fall' : 'rise'}` }, moved === null ? `✕ ${event.kind}` : `${event.kind === 'improved' ? '▼' : '▲'} ${moved.metric === where.metric ? '' : `${catalogue.metric(moved.metric).label} `}${change(moved.ratio)} ${event.state}`));
  link.style.setProperty('--share', String(top === null || top === 0 || value.value === 0 ? 0 : Math.min(value.value / top, top / value.value)));
  return link;
}

/** Why the newest night has no number there. */
function whyNone(catalogue: Catalogue, { model, device }: { readonly model: string; readonly device: string }): string {
  const ids = new Set(catalogue.cases.filter((one) => one.case.model === model && one.case.device === device).map(({ id }) => id));
  const reasons = catalogue.overview.newest.flatMap(({ groups }) => groups.filter((group) => group.state !== 'ok' && group.cases.some((id) => ids.has(id))));
  const first = reasons[0];
  return first === undefined ? 'no valid number yet' : `${first.state}: ${first.reason}`;
}
