import type { ChangeEvent } from '../../../src/domain/event.ts';
import type { Catalogue } from '../catalogue.ts';
import { asChoices, chosen, controls, select, type Choice } from '../control.ts';
import { h, name, type Child } from '../element.ts';
import { eventCard } from '../event-card.ts';
import { piece } from '../load.ts';
import type { View } from '../page.ts';
import { linkTo } from '../route.ts';
import { beginOf, spans } from '../span.ts';
import { table } from '../table.ts';
import { caseByKey, change, count, EVENT_STATE_WORDS, nightOf, nightTime } from '../words.ts';

const SPANS = spans('30');
const KINDS: readonly Choice[] = [{ value: '', label: 'all kinds' }, { value: 'regressed', label: 'regressed' }, { value: 'broke', label: 'broke' }, { value: 'improved', label: 'improved' }];
const ANY: Choice = { value: '', label: 'all' };

/** What was noticed in a period, and what became of it; or one event in full. */
export async function changesPage(catalogue: Catalogue, choices: URLSearchParams): Promise<View> {
  const events = ((await piece('events')) ?? []).toReversed();
  const id = choices.get('event');
  if (id !== null) {
    const event = events.find((each) => each.id === id);
    if (event === undefined) throw new Error(`this site has no event ${id}`);
    return { title: `Event ${event.id}`, lead: h('a', { href: linkTo('changes') }, 'All changes'), body: h('section', {}, h('h2', { class: 'sr' }, 'What changed'), h('ul', { class: 'events' }, eventCard(catalogue, event, null, inFull(catalogue, event)))) };
  }
  const span = chosen(choices, 'since', SPANS);
  const kind = chosen(choices, 'kind', KINDS);
  const states = [ANY, ...Object.keys(EVENT_STATE_WORDS).map((value): Choice => ({ value, label: value }))];
  const state = chosen(choices, 'state', states);
  const devices = [ANY, ...asChoices(events.map((event) => event.device))];
  const device = chosen(choices, 'device', devices);
  const since = beginOf(catalogue, span);
  const shown = events.filter((event) => event.noticedAt >= since && (kind === '' || event.kind === kind) && (state === '' || event.state === state) && (device === '' || event.device === device));
  return {
    title: 'Changes', lead: `${count(shown.length, 'change', 'changes')} noticed ${span === 'all' ? 'in all nights' : `within ${SPANS.find(({ value }) => value === span)?.label ?? ''} of the newest night`}, newest first.`,
    body: [
      controls(select('Noticed within', 'since', SPANS, span), select('Kind', 'kind', KINDS, kind), select('State', 'state', states, state), devices.length < 3 ? null : select('Device', 'device', devices, device)),
      shown.length === 0 ? h('p', { class: 'calm' }, 'Nothing fits these choices.') : h('section', {}, h('h2', { class: 'sr' }, 'What changed'), h('ul', { class: 'events' }, shown.map((event) => eventCard(catalogue, event, null)))),
    ],
  };
}

/** Every series of an event, and its life. */
function inFull(catalogue: Catalogue, event: ChangeEvent): Child {
  return [
    event.series.length === 0 ? h('ul', {}, event.cases.map((key) => h('li', {}, caseByKey(catalogue, key)))) : h('div', { class: 'boxed' }, table('Series that moved', [{ head: 'Case', kind: 'name' }, { head: 'Metric' }, { head: 'Change', kind: 'number' }, { head: 'First night' }, { head: 'Fixed' }, { head: 'Course' }], event.series.map((member) => [
      caseByKey(catalogue, member.key), catalogue.metric(member.metric).label, h('span', { class: member.worse ? 'rise' : 'fall' }, change(member.ratio)), nightOf(catalogue, member.firstBad), member.fixedBy === null ? '–' : nightOf(catalogue, member.fixedBy), h('a', { href: linkTo('trend', { case: member.key, metric: member.metric }) }, 'trend'),
    ]))),
    h('h4', {}, 'What happened to it'), h('ul', {}, event.log.map(({ at, text }) => h('li', {}, `${nightTime(at)}: `, name(text)))),
    event.confirmation === null || event.confirmation.runIds.length === 0 ? null : h('p', { class: 'note' }, `Runs of the A/B: ${event.confirmation.runIds.join(', ')}; between ${nightOf(catalogue, event.confirmation.base)} and ${nightOf(catalogue, event.confirmation.head)}.`),
  ];
}
