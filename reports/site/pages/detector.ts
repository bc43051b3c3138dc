import type { Catalogue } from '../catalogue.ts';
import { h } from '../element.ts';
import { piece } from '../load.ts';
import type { View } from '../page.ts';
import { absent, table } from '../table.ts';
import { count, EVENT_STATE_WORDS } from '../words.ts';

/** How well the detector itself does: on synthetic series whose changes are known, and what became of its events here. */
export async function detectorPage(_catalogue: Catalogue): Promise<View> {
  const [scorecard, events] = await Promise.all([piece('scorecard'), piece('events')]);
  const tally = Object.keys(EVENT_STATE_WORDS).map((state) => ({ state, n: (events ?? []).filter((event) => event.state === state).length }));
  const tried = (events ?? []).filter(({ confirmation }) => confirmation !== null);
  return {
    title: 'The detector’s own scorecard', lead: 'How far its alarms can be trusted.',
    body: [
      h('section', {}, h('h2', {}, 'Its events in this store'), h('ul', { class: 'tiles five' }, tally.map(({ state, n }) => h('li', {}, h('div', { class: 'tile' }, h('b', {}, String(n)), h('span', {}, state), h('small', {}, EVENT_STATE_WORDS[state as keyof typeof EVENT_STATE_WORDS]))))),
        h('p', { class: 'note' }, tried.length === 0 ? 'None was tried again on the device so far, so how many of them are real is not known.' : `${count(tried.length, 'event was', 'events were')} tried again on the device: ${tried.filter(({ confirmation }) => confirmation?.outcome === 'confirmed').length} confirmed, ${tried.filter(({ confirmation }) => confirmation?.outcome === 'refuted').length} refuted.`)),
      h('section', {}, h('h2', {}, 'On synthetic series'), scorecard === null ? h('p', {}, absent('not measured for this version; npm run bench:detect -- --write does it')) : [
        scorecard.detector === 'this' ? null : h('div', { class: 'callout' }, h('p', {}, h('b', {}, 'Of another version of the detector: '), 'its code has changed since, so that these figures may no longer hold.')),
        h('p', { class: 'note' }, `Measured on ${scorecard.measuredAt.slice(0, 10)} by `, h('code', {}, scorecard.command), '.'),
        scorecard.tables.map(({ title, head, rows }) => h('div', {}, h('h3', {}, title), h('div', { class: 'boxed' }, table(title, head.map((cell, i) => ({ head: cell, kind: i === 0 ? 'name' as const : 'number' as const })), rows)))),
      ]),
    ],
  };
}
