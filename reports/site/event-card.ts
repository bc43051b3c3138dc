import type { ChangeEvent, EventSeries } from '../../src/domain/event.ts';
import { NUMBER_FORMAT } from '../../src/report/number.ts';
import type { Catalogue } from './catalogue.ts';
import { h, name, type Child } from './element.ts';
import { linkTo } from './route.ts';
import { brief, caseByKey, change, count, deviceName, eventBadge, eventState, nightOf } from './words.ts';

/** The series that moved most. */
export function foremost(event: ChangeEvent): EventSeries | null {
  return event.series.toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))[0] ?? null;
}

/** What changed around the night, by field. */
export function surroundings(catalogue: Catalogue, { changes }: Pick<ChangeEvent, 'changes'>): Child {
  if (changes.length === 0) return 'nothing that Paddock records changed there';
  return changes.map(({ field, from, to }, i) => [i === 0 ? null : '; ', catalogue.environmentLabel(field), ' ', h('code', {}, brief(from)), ' → ', h('code', {}, brief(to))]);
}

/** How sure; `shown`: the series that the card names. */
function certainty({ kind, confirmation, series }: ChangeEvent, shown: EventSeries | null): Child {
  if (confirmation === null) {
    const p = shown?.p ?? Math.min(...series.flatMap((member) => (member.p === null ? [] : [member.p])));
    return kind === 'broke' ? 'what was ok no longer is' : Number.isFinite(p) ? `chance that noise alone shows this: ${p < 1e-6 ? 'under one in a million' : p.toExponential(0)}; not yet tried again on the device` : null;
  }
  const { outcome, ratio, low, high, reason } = confirmation;
  const size = ratio === null ? '' : `: ${change(ratio)}${low === null || high === null ? '' : ` (${change(low)} to ${change(high)})`}`;
  return `A/B on the device: ${outcome}${size}. ${reason}`;
}

/** One event as a card; `spark` is where its course is drawn once that is loaded. */
export function eventCard(catalogue: Catalogue, event: ChangeEvent, spark: HTMLElement | null, full: Child = null): HTMLElement {
  const first = foremost(event);
  const [one = first?.key ?? ''] = first === null ? event.cases : [first.key];
  const where: Child = event.scope === 'device'
    ? [deviceName(catalogue, event.device), ` as a whole: ${count(event.cases.length, 'case', 'cases')}`]
    : [caseByKey(catalogue, one), event.cases.length > 1 ? ` and ${count(event.cases.length - 1, 'more case', 'more cases')}` : null];
  return h('li', { class: `event ${event.kind}` },
    h('div', {},
      h('h3', {}, eventBadge(event), first === null ? null : h('span', { class: `moved ${first.worse ? 'rise' : 'fall'}` }, change(first.ratio)), first === null ? null : h('span', {}, catalogue.metric(first.metric).label), eventState(event)),
      h('p', {}, where),
      h('p', {}, `since the night of `, h('b', {}, nightOf(catalogue, event.firstBad)), event.earliest === event.latest ? null : ` (between ${nightOf(catalogue, event.earliest)} and ${nightOf(catalogue, event.latest)})`, ` · noticed ${nightOf(catalogue, event.noticed)} · `, h('a', { href: linkTo('changes', { event: event.id }) }, `event ${event.id}`)),
      h('p', {}, certainty(event, first)),
      h('p', { class: 'why-changed' }, 'Changed there: ', surroundings(catalogue, event)),
      event.acknowledgement === null ? null : h('p', {}, 'Acknowledged by ', name(event.acknowledgement.by), `: ${event.acknowledgement.why}`, event.acknowledgement.until === null ? '' : ` (until ${event.acknowledgement.until.slice(0, 10)})`)),
    spark, full === null ? null : h('div', { class: 'full' }, full));
}

/** `24.1 ms ±1.2 %` of a value, or what stands for none. */
export function quantity(estimate: { readonly value: number; readonly low: number | null; readonly high: number | null } | null | undefined, unit: string): string {
  return estimate === null || estimate === undefined ? '—' : NUMBER_FORMAT.quantity(estimate, unit);
}
