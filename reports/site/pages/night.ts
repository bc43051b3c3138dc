import type { ChangeEvent } from '../../../src/domain/event.ts';
import type { VerdictStatus } from '../../../src/domain/verdict.ts';
import { NUMBER_FORMAT } from '../../../src/report/number.ts';
import { VERDICT_WORDS } from '../../../src/report/verdict-words.ts';
import { MIN_POINTS } from '../../../src/stats/series-ready.ts';
import type { NightCases, PieceName, SiteNight } from '../../../src/site/data.ts';
import { isOpen, type Catalogue, type KnownCase } from '../catalogue.ts';
import { nightStrip } from '../chart/night-strip.ts';
import { spark } from '../chart/spark.ts';
import { disclosure } from '../disclosure.ts';
import { h, name, type Child } from '../element.ts';
import { eventCard, foremost } from '../event-card.ts';
import { piece } from '../load.ts';
import type { View } from '../page.ts';
import { linkTo } from '../route.ts';
import { loadSeries } from '../series.ts';
import { absent, foldedTable, table } from '../table.ts';
import { age, caseLink, count, deviceName, nightLink, nightTime, verdictBadge, VERDICTS } from '../words.ts';

/** A suite whose newest run began this much before the newest run of all did not run that night. */
const MISSED_MS = 20 * 3_600_000;
/** A suite that has not run for longer than this is no longer one of the nightly ones, and is not missed. */
const FORGOTTEN_MS = 30 * 24 * 3_600_000;
/** A nightly store without a new night for longer than this has stopped. */
const STALE_MS = 36 * 3_600_000;
const SPARKS = 12;
const SPARK_NIGHTS = 60;
const STRIP_NIGHTS = 30;
const DEVICES_NAMED = 8;
const CASES_LISTED = 500;

const GRAVEST: readonly VerdictStatus[] = ['failed', 'invalid', 'skipped', 'unsupported', 'ok'];

interface Ran {
  readonly night: SiteNight;
  readonly cases: NightCases;
}

/** The morning's page: what got worse, what ran, what did not and why. `night` shows another run. */
export async function nightPage(catalogue: Catalogue, choices: URLSearchParams): Promise<View> {
  const wanted = choices.get('night');
  const given = wanted === null ? null : catalogue.nightById(wanted);
  if (wanted !== null && given === null) throw new Error(`this site has no run ${wanted}`);
  const ran = given === null ? newest(catalogue) : await one(given);
  const first = ran[0];
  if (first === undefined) return { title: 'No nights yet', lead: 'The store has no finished results of a suite. After “paddock run” and “paddock publish” they are here.', body: null };
  const shown = new Set(ran.map(({ night }) => night.id));
  const all = given === null ? catalogue.overview.events : ((await piece('events')) ?? []).filter((event) => shown.has(event.noticed));
  const events = all.toSorted((a, b) => rank(a) - rank(b));
  const sparks = new Map<ChangeEvent, HTMLElement>(events.slice(0, SPARKS).map((event) => [event, h('figure', {})]));
  return {
    title: given === null ? headline(events) : `Run of ${nightTime(given.startedAt)}`, lead: lead(ran, given === null),
    body: [
      given === null ? freshness(catalogue, first.night) : h('p', { class: 'note' }, 'Run ', h('code', {}, given.id), ' of ', name(given.suite), '. ', h('a', { href: linkTo('') }, 'To the last night')),
      eventSections(catalogue, events, sparks, given === null), verdictSection(ran), notMeasured(catalogue, ran), suiteSection(catalogue, ran), deviceSection(catalogue, ran),
    ],
    later: async () => { await Promise.all([...sparks].map(async ([event, figure]) => { await drawSpark(catalogue, event, figure); })); },
  };
}

/** The runs of the newest night: the newest run of all, and those of other suites that began within a night of it. */
function newest(catalogue: Catalogue): readonly Ran[] {
  const all = catalogue.overview.newest.flatMap((cases) => {
    const night = catalogue.night(cases.run);
    return night === null ? [] : [{ night, cases }];
  });
  return all.filter(({ night }) => behindMs(night, all[0]?.night) <= MISSED_MS);
}

/** How long before the newest run another one began. */
function behindMs(night: SiteNight, newestNight: SiteNight | undefined): number {
  return newestNight === undefined ? 0 : Date.parse(newestNight.startedAt) - Date.parse(night.startedAt);
}

async function one(night: SiteNight): Promise<readonly Ran[]> {
  const cases = await piece(`night/${night.seq}` as PieceName & `night/${number}`);
  return cases === null ? [] : [{ night, cases }];
}

/** Worse before better, confirmed before suspected, what is done with at the end. */
function rank(event: ChangeEvent): number {
  return (isOpen(event) ? 0 : 100) + (event.kind === 'improved' ? 10 : event.kind === 'broke' ? 0 : 1) + (event.state === 'confirmed' ? 0 : 2) - Math.min(0.9, Math.abs(Math.log(foremost(event)?.ratio ?? 1)));
}

function headline(events: readonly ChangeEvent[]): string {
  const open = events.filter(isOpen);
  const worse = open.filter(({ kind }) => kind === 'regressed').length;
  const broke = open.filter(({ kind }) => kind === 'broke').length;
  const better = open.filter(({ kind }) => kind === 'improved').length;
  const parts = [broke === 0 ? '' : `${NUMBER_FORMAT.count(broke)} broke`, worse === 0 ? '' : `${NUMBER_FORMAT.count(worse)} got worse`, better === 0 ? '' : `${NUMBER_FORMAT.count(better)} got better`].filter((part) => part !== '');
  return parts.length === 0 ? 'No change found' : `${parts.slice(0, -1).join(', ')}${parts.length > 1 ? ' and ' : ''}${parts.at(-1) ?? ''}`;
}

/** Canaries are no cases of anybody's. */
function ofSuites(ran: readonly Ran[]): readonly Ran[] {
  return ran.length > 1 ? ran.filter(({ night }) => night.purpose !== 'canary') : ran;
}

function counts(ran: readonly Ran[]): readonly number[] {
  return VERDICTS.map((status) => ofSuites(ran).reduce((sum, { cases }) => sum + cases.groups.reduce((n, group) => n + (group.state === status ? group.cases.length : 0), 0), 0));
}

function lead(ran: readonly Ran[], isNewest: boolean): Child {
  const suites = ofSuites(ran);
  const planned = suites.reduce((sum, { night }) => sum + night.planned, 0);
  const ok = counts(ran)[0] ?? 0;
  return `${NUMBER_FORMAT.count(ok)} of ${count(planned, 'case', 'cases')} gave numbers that count${suites.length > 1 ? `, in ${suites.length} suites` : ''}.${isNewest ? ` Newest run: ${nightTime(ran[0]?.night.startedAt ?? '')}.` : ''}`;
}

/** What did not run at all can't show a change: said before anything else. */
function freshness(catalogue: Catalogue, newestNight: SiteNight): Child {
  const old = Date.now() - Date.parse(newestNight.startedAt);
  const missed = catalogue.overview.newest.flatMap(({ run }) => {
    const night = catalogue.night(run);
    const behind = night === null ? 0 : behindMs(night, newestNight);
    return night !== null && behind > MISSED_MS && behind < FORGOTTEN_MS ? [night] : [];
  });
  const stopped = catalogue.overview.newest.flatMap(({ run }) => {
    const night = catalogue.night(run);
    return night !== null && night.status !== 'done' && behindMs(night, newestNight) < FORGOTTEN_MS ? [night] : [];
  });
  const lines = [
    ...(old > STALE_MS ? [h('li', {}, h('b', {}, `The newest run began ${age(old)} ago.`), ' What is below is no news; see whether the nightly run still starts.')] : []),
    ...missed.map((night) => h('li', {}, h('b', {}, name(night.suite), ' did not run'), ` with the others: its newest run is of ${nightTime(night.startedAt)}.`)),
    ...stopped.map((night) => h('li', {}, h('b', {}, name(night.suite), night.status === 'running' ? ' is still running' : ' was interrupted'), `, so that what is below of it is not the whole night.`)),
  ];
  return lines.length === 0 ? null : h('div', { class: 'callout' }, h('ul', {}, lines));
}

function eventSections(catalogue: Catalogue, events: readonly ChangeEvent[], sparks: ReadonlyMap<ChangeEvent, HTMLElement>, isNewest: boolean): Child {
  const open = events.filter((event) => isOpen(event));
  const closed = events.filter((event) => !isOpen(event));
  const list = (members: readonly ChangeEvent[]): HTMLElement => h('ul', { class: 'events' }, members.map((event) => eventCard(catalogue, event, sparks.get(event) ?? null)));
  return h('section', { 'aria-labelledby': 'h-events' }, h('h2', { id: 'h-events' }, isNewest ? 'To look at' : 'Noticed after this run'),
    open.length > 0 ? list(open) : isNewest ? quiet(catalogue) : closed.length > 0 ? null : h('p', {}, 'Nothing was.'),
    closed.length === 0 ? null : disclosure('closed', `${count(closed.length, 'change', 'changes')} of ${isNewest ? 'the last' : 'that'} night, acknowledged, refuted or fixed`, () => list(closed), 'more'),
    catalogue.overview.eventCount === 0 ? null : h('p', { class: 'note' }, h('a', { href: linkTo('changes') }, `All changes (${NUMBER_FORMAT.count(catalogue.overview.eventCount)})`)));
}

/** What no open change means: little while there are too few nights to judge by. */
function quiet(catalogue: Catalogue): Child {
  const most = Math.max(0, ...[...Map.groupBy(catalogue.overview.nights, ({ suite }) => suite).values()].map((nights) => nights.length));
  return most < MIN_POINTS ? h('p', {}, `No case broke. Whether a number moved can’t be told yet: a series is judged from its ${MIN_POINTS}th valid night on, and there are ${count(most, 'night', 'nights')} so far.`)
    : h('p', { class: 'calm' }, '✓ No open change: every series that was judged is at its level.');
}

function verdictSection(ran: readonly Ran[]): Child {
  const found = counts(ran);
  const missing = ran.reduce((sum, { cases }) => sum + cases.withoutResult, 0);
  return h('section', { 'aria-labelledby': 'h-verdicts' }, h('h2', { id: 'h-verdicts' }, 'Verdicts'),
    h('div', { class: 'tally', 'aria-hidden': 'true' }, VERDICTS.flatMap((status, i) => {
      if ((found[i] ?? 0) === 0) return [];
      const part = h('span', { class: status });
      part.style.setProperty('flex', String(found[i] ?? 0));
      return [part];
    })),
    h('ul', { class: 'tiles five' }, VERDICTS.map((status, i) => h('li', { class: status }, h('div', { class: 'tile' }, h('b', {}, NUMBER_FORMAT.count(found[i] ?? 0)), verdictBadge(status), h('small', {}, VERDICT_WORDS[status].meaning))))),
    missing === 0 ? null : h('p', { class: 'note' }, `${count(missing, 'planned case has', 'planned cases have')} no result: the run was stopped, or goes on.`));
}

function notMeasured(catalogue: Catalogue, ran: readonly Ran[]): Child {
  const rows = ran.flatMap(({ cases }) => cases.groups.filter(({ state }) => state !== 'ok'))
    .sort((a, b) => GRAVEST.indexOf(a.state) - GRAVEST.indexOf(b.state) || b.cases.length - a.cases.length);
  const gone = ran.flatMap(({ night }) => dropped(catalogue, night));
  const note = gone.length === 0 ? null : h('p', { class: 'note' }, `${count(gone.length, 'case', 'cases')} of the run before ${gone.length === 1 ? 'is' : 'are'} no longer in the plan: `, caseList(catalogue, 'gone', gone));
  if (rows.length === 0) return h('section', {}, h('h2', {}, 'Not measured'), h('p', { class: 'calm' }, '✓ Every planned case gave numbers that count.'), note);
  return h('section', { 'aria-labelledby': 'h-missing' }, h('h2', { id: 'h-missing' }, 'Not measured, and why'), h('div', { class: 'boxed' },
    table('Cases without numbers that count', [{ head: 'Verdict' }, { head: 'Reason' }, { head: 'Cases', kind: 'number' }, { head: 'Which' }], rows.map(({ state, reason, cases }, i) => [
      verdictBadge(state), reason === '' ? absent('no reason was given') : reason, NUMBER_FORMAT.count(cases.length), caseList(catalogue, `${state}-${NUMBER_FORMAT.count(i + 1)}`, cases),
    ]))), note);
}

/** Cases that the run before planned and this one did not; of a suite's newest run only. */
function dropped(catalogue: Catalogue, night: SiteNight): readonly number[] {
  const before = catalogue.overview.nights.findLast((other) => other.suite === night.suite && other.purpose === night.purpose && other.startedAt < night.startedAt);
  const isNewest = catalogue.overview.newest.some(({ run }) => run === night.seq);
  return before === undefined || !isNewest ? [] : catalogue.cases.filter(({ lastRun }) => lastRun === before.seq).map(({ id }) => id);
}

/** The cases by name where they are few, else what they have in common, and their names folded. */
function caseList(catalogue: Catalogue, id: string, ids: readonly number[]): Child {
  const known = ids.flatMap((each) => catalogue.caseOf(each) ?? []);
  const list = (members: readonly KnownCase[]): HTMLElement => h('ul', {}, members.map((member) => h('li', {}, caseLink(member))));
  if (known.length <= 2) return list(known);
  return disclosure(id, among(known), () => [list(known.slice(0, CASES_LISTED)), known.length > CASES_LISTED ? h('p', { class: 'note' }, `and ${count(known.length - CASES_LISTED, 'more', 'more')}`) : null]);
}

/** What the cases have in common, in few words. */
function among(cases: readonly KnownCase[]): Child {
  const differing = (field: 'device' | 'delegate' | 'model' | 'variant'): readonly string[] => [...new Set(cases.map((one) => one.case[field]))];
  const shared = (['device', 'delegate', 'model', 'variant'] as const).flatMap((field) => {
    const [first, second] = differing(field);
    return first !== undefined && second === undefined ? [h('span', {}, `${field} `, h('b', {}, name(first)))] : [];
  });
  if (shared.length > 0) return shared.map((part, i) => [i === 0 ? 'all of ' : ', ', part]);
  const devices = differing('device');
  return [`on ${count(devices.length, 'device', 'devices')}: `, name(devices.slice(0, DEVICES_NAMED).join(', ')), devices.length > DEVICES_NAMED ? ' …' : null];
}

function suiteSection(catalogue: Catalogue, ran: readonly Ran[]): Child {
  return h('section', { 'aria-labelledby': 'h-coverage' }, h('h2', { id: 'h-coverage' }, 'Coverage'), h('div', { class: 'boxed' },
    table('Runs', [{ head: 'Suite', kind: 'name' }, { head: 'Run' }, { head: 'Planned', kind: 'number' }, ...VERDICTS.map((status) => ({ head: status, kind: 'number' as const })), { head: 'No result', kind: 'number' }, { head: `Last ${STRIP_NIGHTS} runs` }],
      ran.map(({ night, cases }) => {
        const history = runsBefore(catalogue, night);
        return [[name(night.suite), night.purpose === 'canary' ? ' (canary)' : null], [nightTime(night.startedAt), h('br'), h('small', {}, `${night.status} · ${night.preset}`)], NUMBER_FORMAT.count(night.planned),
          ...counts([{ night, cases }]).map((n) => (n === 0 ? '–' : NUMBER_FORMAT.count(n))), cases.withoutResult === 0 ? '–' : NUMBER_FORMAT.count(cases.withoutResult),
          nightStrip(history, `Cases by verdict in the last ${count(history.length, 'run', 'runs')}`)];
      }))), earlierRuns(catalogue, ran), warnings(ran));
}

/** What the strips draw, in figures, and the way to each night. */
function earlierRuns(catalogue: Catalogue, ran: readonly Ran[]): Child {
  const nights = ran.flatMap(({ night }) => runsBefore(catalogue, night)).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  return foldedTable('runs', `Cases by verdict in the last ${count(nights.length, 'run', 'runs')}`, [{ head: 'Night', kind: 'name' }, { head: 'Suite' }, { head: 'Run' }, { head: 'Planned', kind: 'number' }, ...VERDICTS.map((status) => ({ head: status, kind: 'number' as const }))], () => nights.map((night) => [
    nightLink(night), [name(night.suite), night.purpose === 'canary' ? ' (canary)' : null], night.status, NUMBER_FORMAT.count(night.planned), ...VERDICTS.map((_, i) => NUMBER_FORMAT.count(night.counts[i] ?? 0)),
  ]));
}

function runsBefore(catalogue: Catalogue, night: SiteNight): readonly SiteNight[] {
  return catalogue.overview.nights.filter((other) => other.suite === night.suite && other.purpose === night.purpose && other.startedAt <= night.startedAt).slice(-STRIP_NIGHTS);
}

function warnings(ran: readonly Ran[]): Child {
  const all = ran.flatMap(({ cases }) => cases.warnings);
  return all.length === 0 ? null : disclosure('warnings', count(all.length, 'warning', 'warnings'), () => h('ul', {}, all.map(({ message }) => h('li', {}, message))), 'more');
}

function deviceSection(catalogue: Catalogue, ran: readonly Ran[]): Child {
  const tally = new Map<string, { ok: number; all: number }>();
  for (const { cases } of ran) {
    for (const group of cases.groups) {
      for (const id of group.cases) {
        const device = catalogue.caseOf(id)?.case.device;
        if (device === undefined) continue;
        const entry = tally.get(device) ?? { ok: 0, all: 0 };
        tally.set(device, { ok: entry.ok + (group.state === 'ok' ? 1 : 0), all: entry.all + 1 });
      }
    }
  }
  const runs = new Set(ran.map(({ night }) => night.seq));
  const rows = [...tally].sort(([a], [b]) => (a < b ? -1 : 1)).map(([device, { ok, all }]) => {
    const incident = catalogue.overview.incidents.find((night) => night.device === device && runs.has(night.run));
    const away = catalogue.hold(device);
    const facts = catalogue.device(device);
    return [deviceName(catalogue, device), facts === null ? absent('no facts of it in the newest runs') : `${facts.model}, ${facts.os}`, `${NUMBER_FORMAT.count(ok)} of ${NUMBER_FORMAT.count(all)}`,
      incident !== undefined ? h('span', { class: 'fail' }, `incident: ${incident.reason}`) : away !== undefined ? h('span', { class: 'fail' }, `set aside: ${away.reason}`) : '–'];
  });
  return h('section', { 'aria-labelledby': 'h-devices' }, h('h2', { id: 'h-devices' }, 'Devices'), h('div', { class: 'boxed' },
    table('Devices of these runs', [{ head: 'Device', kind: 'name' }, { head: 'What it is' }, { head: 'Cases that count', kind: 'number' }, { head: 'Health' }], rows)));
}

async function drawSpark(catalogue: Catalogue, event: ChangeEvent, figure: HTMLElement): Promise<void> {
  const first = foremost(event);
  const known = first === null ? null : catalogue.caseByKey(first.key);
  if (first === null || known === null) return;
  const nights = catalogue.overview.nights;
  const since = nights.at(-SPARK_NIGHTS)?.startedAt ?? '';
  const { points } = await loadSeries(catalogue, known, since < event.noticedAt ? since : event.noticedAt);
  figure.append(h('a', { href: linkTo('trend', { case: known.key, metric: first.metric }) }, spark(points, first.metric, { runId: first.firstBad, kind: event.kind }, `${catalogue.metric(first.metric).label} in the last ${count(points.length, 'night', 'nights')}: trend`)));
}
