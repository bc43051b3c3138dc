import type { ChangeEvent, EventKind, EventState } from '../../src/domain/event.ts';
import type { VerdictStatus } from '../../src/domain/verdict.ts';
import { NUMBER_FORMAT } from '../../src/report/number.ts';
import { oneLine, shortened } from '../../src/report/plain-text.ts';
import { VERDICT_WORDS } from '../../src/report/verdict-words.ts';
import type { SiteNight } from '../../src/site/data.ts';
import type { Catalogue, Hardware, Hold, KnownCase } from './catalogue.ts';
import { h, name, type Child } from './element.ts';
import { linkTo } from './route.ts';

/** The order of counts in the data, too. */
export const VERDICTS = Object.keys(VERDICT_WORDS) as readonly VerdictStatus[];

export const EVENT_STATE_WORDS: Readonly<Record<EventState, string>> = {
  suspected: 'the series says so; no A/B on the device yet', confirmed: 'an A/B on the device says so too', refuted: 'an A/B on the device says that the software is not it',
  acknowledged: 'somebody knows', fixed: 'the level is back; of an improvement, it is lost',
};

const EVENT_MARKS: Readonly<Record<EventKind, string>> = { regressed: '▲', improved: '▼', broke: '✕' };
const EVENT_CLASSES: Readonly<Record<EventKind, string>> = { regressed: 'regressed', improved: 'improved', broke: 'regressed' };

/** Until when a device is set aside, to follow the reason. */
export function holdEnd({ until }: Hold): string {
  return until === undefined ? '; until it is readmitted' : `; tried again from ${until.slice(0, 16).replace('T', ' ')} UTC on`;
}

export function verdictBadge(status: VerdictStatus): HTMLElement {
  return h('span', { class: `verdict ${status}`, title: VERDICT_WORDS[status].meaning }, h('span', { 'aria-hidden': 'true' }, VERDICT_WORDS[status].mark), ` ${status}`);
}

export function eventBadge(event: ChangeEvent): HTMLElement {
  return h('span', { class: `outcome ${EVENT_CLASSES[event.kind]}` }, h('span', { 'aria-hidden': 'true' }, EVENT_MARKS[event.kind]), ` ${event.kind}`);
}

export function eventState(event: ChangeEvent): HTMLElement {
  return h('span', { class: `tag state ${event.state}`, title: EVENT_STATE_WORDS[event.state] }, event.state);
}

/** A device by its name, with a tag where no number of it is a figure of real hardware. */
export function deviceName(catalogue: Catalogue, id: string): Child {
  return [h('a', { href: linkTo('devices', { device: id }) }, name(id)), deviceTag(catalogue.hardware(id))];
}

export function deviceTag(hardware: Hardware | null): Child {
  if (hardware === null) return null;
  const { emulated, virtualization } = hardware;
  if (emulated) return [' ', h('span', { class: 'tag warn', title: 'an emulator: its times are no figures of the hardware' }, 'emulated')];
  return typeof virtualization !== 'string' ? null : [' ', h('span', { class: 'tag warn', title: `runs inside ${virtualization}: neighbours are in the numbers` }, 'virtual')];
}

/** A case as a link to its page. */
export function caseLink(one: KnownCase, text?: Child): HTMLElement {
  return h('a', { href: linkTo('case', { case: one.key }) }, text ?? [h('b', {}, name(one.case.model)), ' ', h('span', { class: 'case-label' }, name(one.label))]);
}

/** A case by its key as the events name it: one that is no longer in the store is only text. */
export function caseByKey(catalogue: Catalogue, key: string): Child {
  const one = catalogue.caseByKey(key);
  return one === null ? name(key) : caseLink(one);
}

/** `22 Nov, 02:00`: in UTC, as Paddock's ids are. */
export function nightTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return `${day(iso)}, ${time.toISOString().slice(11, 16)}`;
}

/** `22 Nov 2026`, the year only where it is another than the newest night's. */
export function day(iso: string, newest?: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const sameYear = newest !== undefined && newest.slice(0, 4) === iso.slice(0, 4);
  return time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC', ...(sameYear ? {} : { year: 'numeric' }) });
}

/** The day of a run, with the time where its suite ran more than once on it. */
export function nightOf(catalogue: Catalogue, runId: string): string {
  const night = catalogue.nightById(runId);
  if (night === null) return runId;
  const { nights } = catalogue.overview;
  const sameDay = nights.filter(({ suite, startedAt }) => suite === night.suite && startedAt.slice(0, 10) === night.startedAt.slice(0, 10));
  return `${day(night.startedAt, nights.at(-1)?.startedAt)}${sameDay.length > 1 ? `, ${night.startedAt.slice(11, 16)}` : ''}`;
}

export function nightLink(night: SiteNight): HTMLElement {
  return h('a', { href: linkTo('', { night: night.id }) }, nightTime(night.startedAt));
}

/** `+8.3 %` */
export function change(ratio: number): string {
  return NUMBER_FORMAT.change(ratio);
}

export function count(n: number, one: string, many: string): string {
  return `${NUMBER_FORMAT.count(n)} ${n === 1 ? one : many}`;
}

/** A text from a device or file in one short line; of a sha256, the beginning. */
export function brief(text: string, length = 28): string {
  return shortened(oneLine(text).replaceAll(/\b([0-9a-f]{10})[0-9a-f]{54}\b/g, '$1…'), length);
}

/** `3 days` */
export function age(ms: number): string {
  const hours = Math.round(ms / 3_600_000);
  return hours < 48 ? count(hours, 'hour', 'hours') : count(Math.round(hours / 24), 'day', 'days');
}
