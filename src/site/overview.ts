import { ENVIRONMENT_FIELDS } from '../domain/environment.ts';
import { isOpen, type ChangeEvent } from '../domain/event.ts';
import { isMetricName, METRIC_NAMES, METRICS } from '../domain/metric.ts';
import type { DeviceFacts } from '../domain/result.ts';
import { metricWords, orderedMetricNames } from '../report/metric-names.ts';
import type { CaseRow, NightRow, SeriesRow } from '../store/bulk-history.ts';
import type { Store } from '../store/store.ts';
import { SITE_DATA_VERSION, type NightCases, type SiteCases, type SiteMetric, type SiteOverview } from './data.ts';

/** What the first view and all names come from. */
export interface Catalogue {
  readonly nights: readonly NightRow[];
  readonly cases: readonly CaseRow[];
  readonly series: readonly SeriesRow[];
  readonly metricNames: readonly string[];
  readonly events: readonly ChangeEvent[];
}

/** What is there is read once; what is stored meanwhile is the next publication's. */
export function readCatalogue(store: Store): Catalogue {
  const series = store.bulk.series();
  return { nights: store.bulk.nights(), cases: store.bulk.cases(), series, metricNames: orderedMetricNames([...METRIC_NAMES, ...series.map(({ metric }) => metric)]), events: store.events.list() };
}

/** The newest run of each suite, newest first. */
export function newestNights(nights: readonly NightRow[]): readonly NightRow[] {
  const newest = new Map(nights.map((night) => [`${night.info.purpose ?? 'suite'}\n${night.info.suite}`, night]));
  return [...newest.values()].sort((a, b) => (a.info.startedAt < b.info.startedAt ? 1 : -1));
}

export function siteOverview(store: Store, { nights, cases, series, metricNames, events }: Catalogue, counts: ReadonlyMap<number, readonly number[]>, units: ReadonlyMap<number, string | null>, newest: readonly NightCases[]): SiteOverview {
  const texts = new Map<string, number>();
  const text = (word: string): number => {
    const place = texts.get(word) ?? texts.size;
    texts.set(word, place);
    return place;
  };
  const noticed = new Set(newestNights(nights).map(({ info }) => info.id));
  const seqs = new Map(nights.map(({ seq, info }) => [info.id, seq]));
  return {
    version: SITE_DATA_VERSION,
    nights: nights.map(({ seq, info: { id, suite, preset, status, startedAt, endedAt, paddock, purpose }, planned }) => ({
      seq, id, suite, preset, status, startedAt, endedAt, paddock, purpose: purpose === 'canary' ? purpose : 'suite', planned, counts: counts.get(seq) ?? [],
    })),
    cases: columns(cases, units, text), texts: [...texts.keys()],
    metrics: metricNames.map((name) => siteMetric(name, series)),
    devices: newestFacts(store, nights, new Set(cases.map((one) => one.case.device))),
    environmentLabels: Object.fromEntries(Object.entries(ENVIRONMENT_FIELDS).map(([field, { label }]) => [field, label])),
    setAside: store.devicesSetAside(),
    incidents: store.events.incidentNights().flatMap(({ runId, device, reason }) => {
      const run = seqs.get(runId);
      return run === undefined ? [] : [{ run, device, reason }];
    }),
    events: events.filter((event) => isOpen(event) || noticed.has(event.noticed)), eventCount: events.length,
    newest,
  };
}

function columns(cases: readonly CaseRow[], units: ReadonlyMap<number, string | null>, text: (word: string) => number): SiteCases {
  const field = (name: keyof SiteCases['fields']): readonly number[] => cases.map((one) => text(one.case[name]));
  return {
    id: cases.map(({ id }) => id), key: cases.map(({ key }) => key), lastRun: cases.map(({ lastRun }) => lastRun), unit: cases.map((one) => text(units.get(one.id) ?? one.case.device)),
    fields: { model: field('model'), variant: field('variant'), runtime: field('runtime'), delegate: field('delegate'), workload: field('workload'), scenario: field('scenario'), device: field('device') },
    threads: cases.map((one) => one.case.options.threads), batch: cases.map((one) => one.case.options.batch),
  };
}

function siteMetric(name: string, series: readonly SeriesRow[]): SiteMetric {
  return { name, unit: isMetricName(name) ? METRICS[name].unit : (series.find(({ metric }) => metric === name)?.unit ?? ''), ...metricWords(name) };
}

/** Facts of each device as the newest run that had it saw them. */
function newestFacts(store: Store, nights: readonly NightRow[], wanted: ReadonlySet<string>): readonly DeviceFacts[] {
  const facts = new Map<string, DeviceFacts>();
  for (const { info } of nights.toReversed()) {
    for (const device of store.devices(info.id)) if (!facts.has(device.id)) facts.set(device.id, device);
    if ([...wanted].every((id) => facts.has(id))) break;
  }
  return [...facts.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
