import type { CaseResult } from '../../../src/domain/result.ts';
import { NUMBER_FORMAT } from '../../../src/report/number.ts';
import type { CaseDetail, PieceName, SiteNight } from '../../../src/site/data.ts';
import type { Catalogue, KnownCase } from '../catalogue.ts';
import { figure } from '../chart/frame.ts';
import { histogram } from '../chart/histogram.ts';
import { spark } from '../chart/spark.ts';
import { copyable, download } from '../copy.ts';
import { h, name, type Child } from '../element.ts';
import { eventCard, quantity } from '../event-card.ts';
import { conditionFacts, parityFacts, placementFacts, provenanceFacts } from '../evidence.ts';
import { piece } from '../load.ts';
import type { View } from '../page.ts';
import { linkTo } from '../route.ts';
import { loadSeries } from '../series.ts';
import { absent, facts, table } from '../table.ts';
import { count, deviceName, nightLink, nightTime, verdictBadge } from '../words.ts';

const SPARK_DAYS_MS = 60 * 86_400_000;

/** Everything known of one case: its last result, and where it came from. */
export async function casePage(catalogue: Catalogue, choices: URLSearchParams): Promise<View> {
  const one = catalogue.caseByKey(choices.get('case'));
  if (one === null) throw new Error(choices.has('case') ? `this site has no case ${choices.get('case') ?? ''}` : 'the address names no case');
  const detail = await piece(`detail/${one.id}` as PieceName & `detail/${number}`);
  const night = catalogue.night(one.lastRun);
  const events = catalogue.openEvents(one.key);
  const title = `${one.case.model}, ${one.case.variant}`;
  const lead: Child = [name(one.setup), ' on ', deviceName(catalogue, one.case.device)];
  if (detail === null) return { title, lead, body: [eventList(catalogue, events), h('p', {}, absent('its last result is no longer in the store; the series is')), trendLinks(catalogue, one, [])] };
  const { result } = detail;
  const sparks = new Map<string, HTMLElement>();
  return {
    title, lead,
    body: [
      h('p', {}, verdictBadge(result.verdict.status), ' in the run of ', night === null ? '—' : nightLink(night), result.unit === null || result.unit === one.case.device ? null : [', measured on ', deviceName(catalogue, result.unit)], '.'),
      reasonList(result), eventList(catalogue, events), metricSection(catalogue, one, result, sparks), distribution(one, detail), olderNights(catalogue, night, events), launchSection(result),
      h('section', {}, h('h2', {}, 'Run just this case again'), copyable(result.repro)),
      h('section', {}, h('h2', {}, 'Evidence'), h('h3', {}, 'Placement'), placementFacts(result), h('h3', {}, 'Output against the reference'), parityFacts(result), h('h3', {}, 'Conditions'), conditionFacts(result), h('h3', {}, 'Provenance'), provenanceFacts(result), h('p', { class: 'note' }, 'Key of this series: ', h('code', {}, one.key))),
    ],
    later: async () => { await drawSparks(catalogue, one, sparks); },
  };
}

function reasonList({ verdict, warnings }: Pick<CaseResult, 'verdict' | 'warnings'>): Child {
  return [
    verdict.reasons.length === 0 ? null : h('ul', { class: `why ${verdict.status}` }, verdict.reasons.map(({ code, message }) => h('li', {}, h('b', {}, code), ` ${message}`))),
    warnings.length === 0 ? null : h('ul', { class: 'why warn' }, warnings.map(({ code, message }) => h('li', {}, h('b', {}, code), ` ${message}`))),
  ];
}

function eventList(catalogue: Catalogue, events: ReturnType<Catalogue['openEvents']>): Child {
  return events.length === 0 ? null : h('section', {}, h('h2', {}, 'Open changes'), h('ul', { class: 'events' }, events.map((event) => eventCard(catalogue, event, null))));
}

function trendLinks(catalogue: Catalogue, one: KnownCase, metrics: readonly string[]): Child {
  return h('p', {}, metrics.length === 0 ? h('a', { href: linkTo('trend', { case: one.key }) }, 'Its trend') : metrics.map((metric) => [h('a', { href: linkTo('trend', { case: one.key, metric }) }, catalogue.metric(metric).label), ' ']));
}

function metricSection(catalogue: Catalogue, one: KnownCase, result: CaseDetail['result'], sparks: Map<string, HTMLElement>): Child {
  const order = catalogue.overview.metrics.map((metric) => metric.name);
  const known = new Set([...order, ...Object.keys(result.metrics), ...Object.keys(result.absent)]);
  const names = [...known].filter((metric) => Object.hasOwn(result.metrics, metric));
  const missing = [...known].filter((metric) => !names.includes(metric) && Object.hasOwn(result.absent, metric));
  if (names.length + missing.length === 0) return h('section', {}, h('h2', {}, 'Numbers'), h('p', {}, absent('nothing was measured')));
  const isTrusted = result.verdict.status === 'ok';
  return h('section', {}, h('h2', {}, 'Numbers'), isTrusted || names.length === 0 ? null : h('p', { class: 'note' }, 'A check failed, so these don’t count. They are shown to help find the cause.'), names.length === 0 ? null : h('div', { class: 'boxed' },
    table('Numbers of this case', [{ head: 'Metric', kind: 'name' }, { head: 'Value', kind: 'number' }, { head: '95 % interval', kind: 'number' }, { head: 'n', kind: 'number' }, { head: 'Method', kind: 'words' }, { head: 'Last 60 days' }], names.map((metric) => {
      const value = result.metrics[metric];
      const words = catalogue.metric(metric);
      const label = h('span', { title: words.meaning }, words.label);
      if (value === undefined) return [];
      const box = h('a', { href: linkTo('trend', { case: one.key, metric }) }, 'trend');
      sparks.set(metric, box);
      const shown = quantity(value, value.unit);
      return [label, isTrusted ? shown : h('s', { class: 'untrusted' }, shown), NUMBER_FORMAT.interval(value, value.unit), String(value.n), value.method, box];
    }))), missing.length === 0 ? null : [h('h3', {}, 'Not measured'), facts(missing.map((metric) => [catalogue.metric(metric).label, result.absent[metric] ?? '']))]);
}

function distribution(one: KnownCase, detail: CaseDetail): Child {
  const { bins, result } = detail;
  const marks = (['p50', 'p90', 'p99'] as const).flatMap((quantile) => {
    const metric = result.metrics[`latency_${quantile}`];
    return metric === undefined ? [] : [{ valueMs: metric.value, text: `${quantile} ${NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(metric), metric.unit)}` }];
  });
  const chart = histogram(detail, marks);
  if (bins === null || chart === null) return h('section', {}, h('h2', {}, 'Distribution'), h('p', {}, absent(result.launches.length === 0 ? 'no launch was made' : 'the latencies of its last run are not in the store')));
  const above = bins.above === 0 ? '' : ` ${count(bins.above, 'is', 'are')} slower than what is drawn.`;
  return h('section', {}, h('h2', {}, 'Distribution'), figure({
    title: 'Latencies of the steady parts', note: `${count(bins.total, 'inference', 'inferences')} in ${count(detail.launchBins.length, 'launch', 'launches')}.${above}`, chart, tableTitle: 'The counts behind this chart',
    columns: [{ head: 'from, ms', kind: 'number' }, { head: 'to, ms', kind: 'number' }, { head: 'inferences', kind: 'number' }, ...detail.launchBins.map((_, i) => ({ head: `launch ${i + 1}`, kind: 'number' as const }))],
    rows: () => bins.counts.map((n, i) => [NUMBER_FORMAT.plain(bins.lowMs + i * bins.widthMs, 5), NUMBER_FORMAT.plain(bins.lowMs + (i + 1) * bins.widthMs, 5), NUMBER_FORMAT.count(n), ...detail.launchBins.map((launch) => NUMBER_FORMAT.count(launch.counts[i] ?? 0))]),
  }), rawSection(one));
}

/** The latencies of a year's nights would outgrow a site: those of one are had from the store. The night before an open change is the one to look at, else the one before the last. */
function olderNights(catalogue: Catalogue, last: SiteNight | null, events: ReturnType<Catalogue['openEvents']>): Child {
  if (last === null) return null;
  const before = catalogue.nightById(events[0]?.lastGood ?? '') ?? catalogue.overview.nights.filter((night) => night.purpose === last.purpose && night.suite === last.suite && night.seq < last.seq).at(-1);
  if (before === undefined) return null;
  return h('section', {}, h('h3', {}, 'Distributions of other nights'), h('p', {}, 'This site has the latencies of the last run only. Where the store still has those of an earlier one, here ', nightLink(before), events.length === 0 ? '' : ' as the last before the change', ', this draws them (', h('code', {}, '--db'), ' names a store that is not the folder’s own):'),
    copyable(`npx paddock report ${before.id}`));
}

/** Every latency as a file, made when it is asked for. */
function rawSection(one: KnownCase): Child {
  const note = h('small', { role: 'status' });
  const button = h('button', { type: 'button', class: 'plain' }, 'Save the raw latencies as CSV');
  button.addEventListener('click', () => {
    void piece(`raw/${one.id}` as PieceName & `raw/${number}`).then((raw) => {
      if (raw === null) {
        note.textContent = ' none are in the store';
        return;
      }
      const lines = raw.launches.flatMap(({ block, attempt, warmupSamples, latenciesNs }) => latenciesNs.map((ns, i) => `${block},${attempt},${i},${i < warmupSamples ? 'warm-up' : 'steady'},${ns}`));
      download(`latencies-${one.id}.csv`, `block,attempt,index,part,latency_ns\n${lines.join('\n')}\n`);
      note.textContent = ` ${count(lines.length, 'latency', 'latencies')} saved${raw.leftOut === 0 ? '' : `; ${NUMBER_FORMAT.count(raw.leftOut)} more are in the store and too many for a page`}`;
    }, (error: unknown) => { note.textContent = ` ${error instanceof Error ? error.message : String(error)}`; });
  });
  return h('p', {}, button, note);
}

function launchSection({ launches }: Pick<CaseResult, 'launches'>): Child {
  if (launches.length === 0) return h('section', {}, h('h2', {}, 'Launches'), h('p', {}, absent('none was made')));
  const ms = (value: number | null): string => (value === null ? '—' : NUMBER_FORMAT.withUnit(NUMBER_FORMAT.plain(value, 4), 'ms'));
  return h('section', {}, h('h2', {}, 'Launches'), h('div', { class: 'boxed' }, table('Launches', [{ head: 'Launch' }, { head: 'Verdict' }, { head: 'Began' }, { head: 'p50', kind: 'number' }, { head: 'p90', kind: 'number' }, { head: 'p99', kind: 'number' }, { head: 'Init', kind: 'number' }, { head: 'Samples', kind: 'number' }, { head: 'Ended because' }],
    launches.map((launch, i) => [`${i + 1}${launch.attempt > 0 ? ` (attempt ${launch.attempt + 1})` : ''}`, verdictBadge(launch.status.status), nightTime(launch.startedAt), ms(launch.p50), ms(launch.p90), ms(launch.p99), ms(launch.initTime), `${NUMBER_FORMAT.count(launch.samples)} after ${NUMBER_FORMAT.count(launch.warmupSamples)} to warm up`, [launch.stop, launch.steady ? null : h('span', { class: 'tag warn' }, 'not steady')]]))));
}

async function drawSparks(catalogue: Catalogue, one: KnownCase, sparks: ReadonlyMap<string, HTMLElement>): Promise<void> {
  const newest = catalogue.night(one.lastRun)?.startedAt;
  const { points } = await loadSeries(catalogue, one, newest === undefined ? '' : new Date(Date.parse(newest) - SPARK_DAYS_MS).toISOString());
  for (const [metric, box] of sparks) box.replaceChildren(spark(points, metric, null, `${catalogue.metric(metric).label} in the last ${count(points.length, 'night', 'nights')}: trend`));
}
