import { HISTORY_SCHEMA_VERSION, isOpen, type ChangeEvent } from '../domain/event.ts';
import { eventCause, eventCertainty, eventChange, eventSubject } from '../report/event-words.ts';
import type { IncidentNight } from '../store/events.ts';
import { openStore } from '../store/open-store.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { storePath } from './run-ref.ts';
import { sinceDate } from './since.ts';
import { paint, printable, type Style } from './terminal.ts';

export interface ChangesOptions {
  readonly since: string;
  readonly open?: true;
  readonly db?: string;
  readonly json?: true;
}

const STYLES: Readonly<Record<ChangeEvent['kind'], Style>> = { regressed: 'red', broke: 'red', improved: 'green' };

function print(events: readonly ChangeEvent[], incidents: readonly IncidentNight[]): void {
  const out = process.stdout;
  for (const event of events) {
    out.write(`${paint(out, 'bold', event.id)}  ${event.state}  ${paint(out, STYLES[event.kind], `${event.kind}: ${printable(eventChange(event))}`)}\n`);
    const lines: readonly (readonly [string, string])[] = [
      ['where', eventSubject(event)], ['since', `run ${event.firstBad}${event.earliest === event.latest ? '' : `, at the earliest ${event.earliest}, at the latest ${event.latest}`}; last good ${event.lastGood}`],
      ['sure', eventCertainty(event)], ['changed', eventCause(event)],
    ];
    for (const [name, value] of lines) out.write(`    ${name.padEnd(8)} ${printable(value)}\n`);
  }
  for (const { runId, device, reason } of incidents) out.write(`${paint(out, 'yellow', 'device incident')}  run ${runId} on ${printable(device)}: ${printable(reason)}\n`);
  const open = events.filter(isOpen).length;
  out.write(`${events.length + incidents.length > 0 ? '\n' : ''}${paint(out, 'bold', `${events.length} ${events.length === 1 ? 'change' : 'changes'}, ${open} open${incidents.length === 0 ? '' : `; ${incidents.length} device ${incidents.length === 1 ? 'incident' : 'incidents'}`}`)}\n`);
}

/** `paddock changes`: what changed in a period, and what became of it; and on which nights a device was not itself. */
export async function changes(options: ChangesOptions): Promise<ExitCode> {
  using store = openStore(storePath(options.db), { mode: 'read' });
  const since = sinceDate(options.since);
  const listed = store.events.list({ since }).filter((event) => options.open === undefined || isOpen(event));
  const started = new Map(store.listRuns().map((run) => [run.id, run.startedAt]));
  const incidents = store.events.incidentNights().filter(({ runId }) => (started.get(runId) ?? '') >= since);
  if (options.json === true) process.stdout.write(`${JSON.stringify({ schemaVersion: HISTORY_SCHEMA_VERSION, since, changes: listed, incidents }, null, 2)}\n`);
  else print(listed, incidents);
  return EXIT.ok;
}
