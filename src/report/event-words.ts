import { ENVIRONMENT_FIELDS, type EnvironmentChange } from '../domain/environment.ts';
import type { ChangeEvent, EventSeries } from '../domain/event.ts';
import { metricWords } from './metric-names.ts';
import { NUMBER_FORMAT } from './number.ts';
import { oneLine, shortened } from './plain-text.ts';

/** Longest text of one value of what changed: enough to tell hashes and builds apart. */
const VALUE_CHARACTERS = 28;

/** The series that says the most: the one that moved the furthest of those nominated by themselves, a worse one before a better one. */
export function leadSeries(event: ChangeEvent): EventSeries | null {
  return [...event.series].sort((a, b) => Number(b.p !== null) - Number(a.p !== null) || Number(b.worse) - Number(a.worse) || Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))[0] ?? null;
}

/** `Latency p50 +8.2 %`, or what became of the case. */
export function eventChange(event: ChangeEvent): string {
  const lead = leadSeries(event);
  if (lead === null) return event.log[0]?.text.replace('noticed: ', '') ?? 'no longer ok';
  const more = new Set(event.series.map((member) => member.metric)).size - 1;
  return `${metricWords(lead.metric).label} ${NUMBER_FORMAT.change(lead.ratio)}${more > 0 ? ` and ${more} more ${more === 1 ? 'metric' : 'metrics'}` : ''}`;
}

/** The case, or how many of a device; with the word where the device is emulated. */
export function eventSubject(event: ChangeEvent): string {
  const lead = leadSeries(event)?.key ?? event.cases[0] ?? event.device;
  const label = event.emulated === true ? ' (emulated)' : '';
  if (event.scope === 'device') return `device ${event.device}${label} (${event.cases.length} cases, ${lead} the most)`;
  return event.cases.length > 1 ? `${lead}${label} and ${event.cases.length - 1} more of its model` : `${lead}${label}`;
}

/** `model file 1a2b3c… -> 4d5e6f…` */
export function changeWords({ field, from, to }: EnvironmentChange): string {
  return `${ENVIRONMENT_FIELDS[field].label} ${shortened(oneLine(from), VALUE_CHARACTERS)} -> ${shortened(oneLine(to), VALUE_CHARACTERS)}`;
}

/** How sure: what an A/B said, or that none was made. */
export function eventCertainty(event: ChangeEvent): string {
  const { confirmation, acknowledgement } = event;
  const until = acknowledgement?.until ?? null;
  const known = acknowledgement === null ? '' : `; acknowledged by ${acknowledgement.by}${until === null ? '' : ` until ${until.slice(0, 10)}`}: ${acknowledgement.why}`;
  if (confirmation === null) return `${event.kind === 'broke' ? 'seen' : 'by its series only'}${known}`;
  const { outcome, key, ratio, low, high, reason } = confirmation;
  const of = key === null || event.cases.length < 2 ? '' : ` of ${key}`;
  const interval = ratio === null ? '' : ` (A/B${of} ${NUMBER_FORMAT.change(ratio)}${low === null || high === null ? '' : `, ${NUMBER_FORMAT.change(low)} to ${NUMBER_FORMAT.change(high)}`})`;
  return `${outcome}${interval}${reason === '' ? '' : `: ${reason}`}${known}`;
}

/** What changed there: the confirmed cause, else everything that changed about that night. */
export function eventCause(event: ChangeEvent): string {
  const cause = event.confirmation?.outcome === 'confirmed' && event.confirmation.cause.length > 0 ? event.confirmation.cause : event.changes;
  return cause.length === 0 ? 'nothing that was recorded changed there' : cause.map(changeWords).join('; ');
}

/** One event on one line. */
export function eventLine(event: ChangeEvent): string {
  return `${event.id} ${event.state} ${event.kind}: ${eventChange(event)} of ${eventSubject(event)}, since run ${event.firstBad} (${eventCertainty(event)}); ${eventCause(event)}`;
}
