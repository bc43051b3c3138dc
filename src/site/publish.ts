import { setImmediate as breathe } from 'node:timers/promises';
import { launchTraces } from '../farm/launch-traces.ts';
import type { CaseRow, NightRow } from '../store/bulk-history.ts';
import type { Store } from '../store/store.ts';
import { caseDetail, rawLatencies } from './case-detail.ts';
import { CASES_A_GROUP, SITE_DATA_VERSION, type DetectorScorecard, type NightCases, type PieceName, type SiteDirectory, type SitePieces } from './data.ts';
import { indexPage } from './index-page.ts';
import { latestValues } from './latest.ts';
import { MonthReader, MonthSummary, monthMark, monthsOf, type Month } from './month.ts';
import { newestNights, readCatalogue, siteOverview, type Catalogue } from './overview.ts';
import { SiteFolder } from './site-folder.ts';
import type { DetailState, MonthState, SiteState } from './site-state.ts';

/** The page's own program and style, as built. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

export interface PublishOptions {
  readonly folder: string;
  readonly page: PageParts;
  readonly scorecard: DetectorScorecard | null;
  readonly signal: AbortSignal;
}

export interface PublishOutcome {
  readonly index: string;
  readonly nights: number;
  readonly series: number;
  /** Files written now, and all that the site has. */
  readonly written: number;
  readonly bytesWritten: number;
  readonly files: number;
}

/** Makes the folder the site of the store as it is now. Only what changed since the last time is read and written. Throws SiteError, StoreError; the signal's reason. */
export async function publishSite(store: Store, options: PublishOptions): Promise<PublishOutcome> {
  using folder = new SiteFolder(options.folder);
  const publication = new Publication(store, folder, options);
  return await publication.publish();
}

class Publication {
  readonly #store: Store;
  readonly #folder: SiteFolder;
  readonly #options: PublishOptions;
  readonly #before: SiteState;
  readonly #catalogue: Catalogue;
  readonly #seriesOf: ReadonlyMap<number, Catalogue['series'][number][]>;
  readonly #directory: Record<string, string> = {};

  constructor(store: Store, folder: SiteFolder, options: PublishOptions) {
    this.#store = store;
    this.#folder = folder;
    this.#options = options;
    this.#before = folder.readState();
    this.#catalogue = readCatalogue(store);
    this.#seriesOf = Map.groupBy(this.#catalogue.series, ({ caseId }) => caseId);
  }

  async publish(): Promise<PublishOutcome> {
    const { nights, cases, series, metricNames, events } = this.#catalogue;
    const months = monthsOf(nights);
    const monthStates: Record<string, MonthState> = {};
    for (const month of months) monthStates[month.name] = await this.#month(month);
    const details: Record<string, DetailState> = {};
    const nightOf = new Map(nights.map((night) => [night.seq, night]));
    for (const one of cases) {
      const night = nightOf.get(one.lastRun);
      if (night !== undefined) details[one.id] = await this.#detail(one, night);
    }
    this.#directory['latest'] = this.#piece('latest', latestValues(this.#store.bulk, months, series, metricNames));
    this.#directory['events'] = this.#piece('events', events);
    const newest = newestNights(nights);
    this.#directory['comparisons'] = this.#piece('comparisons', { runs: newest.map(({ seq, info }) => ({ run: seq, comparisons: this.#store.comparisons(info.id) })).filter(({ comparisons }) => comparisons.length > 0) });
    this.#directory['scorecard'] = this.#piece('scorecard', this.#options.scorecard);
    const counts = new Map(Object.values(monthStates).flatMap((state) => state.counts));
    const overview = siteOverview(this.#store, this.#catalogue, counts, new Map(Object.entries(details).map(([id, { unit }]) => [Number(id), unit])), newest.map((night) => this.#nightCases(night)));
    const index = indexPage({
      script: this.#folder.add('assets', 'page', 'js', this.#options.page.script), style: this.#folder.add('assets', 'page', 'css', this.#options.page.style),
      overview: this.#add('overview', overview), directory: this.#add('directory', this.#directory satisfies SiteDirectory),
    });
    this.#options.signal.throwIfAborted();
    this.#folder.publish(index, { version: SITE_DATA_VERSION, months: monthStates, details });
    const { written, bytesWritten, files, path } = this.#folder;
    return { index: `${path}/index.html`, nights: nights.length, series: series.length, written, bytesWritten, files };
  }

  async #month(month: Month): Promise<MonthState> {
    const mark = monthMark(month);
    const before = this.#before.months[month.name];
    if (before !== undefined && before.mark === mark && this.#kept(before.files)) return before;
    const reader = new MonthReader(this.#store.bulk, this.#store.bulk.environments(), month);
    const summary = new MonthSummary(month);
    const files: Record<string, string> = {};
    for (const [group, members] of Map.groupBy(this.#catalogue.cases, ({ id }) => Math.floor(id / CASES_A_GROUP))) {
      await this.#breathe();
      const read = members.map((one) => ({ id: one.id, points: reader.points(one.id), series: this.#seriesOf.get(one.id) ?? [] }));
      members.forEach((one, i) => { summary.add(one, read[i]?.points ?? []); });
      const data = reader.series(read);
      if (data !== null) files[`series/${group}/${month.name}`] = this.#piece(`series/${group}/${month.name}`, data);
    }
    for (const night of summary.nights()) files[`night/${night.run}`] = this.#piece(`night/${night.run}`, night);
    files[`devices/${month.name}`] = this.#piece(`devices/${month.name}`, summary.devices());
    Object.assign(this.#directory, files);
    return { mark, files, counts: summary.counts() };
  }

  /** The last result of a case. */
  async #detail(one: CaseRow, { seq, info, revision }: NightRow): Promise<DetailState> {
    const mark = `${SITE_DATA_VERSION} ${info.id} ${revision}`;
    const before = this.#before.details[one.id];
    if (before !== undefined && before.mark === mark && this.#kept(before.files)) return before;
    await this.#breathe();
    const files: Record<string, string> = {};
    const result = this.#store.result(info.id, one.key);
    if (result !== null) {
      const traces = launchTraces(this.#store, info.id, one.key);
      files[`detail/${one.id}`] = this.#piece(`detail/${one.id}`, caseDetail(seq, result, traces));
      const raw = rawLatencies(traces);
      if (raw !== null) files[`raw/${one.id}`] = this.#piece(`raw/${one.id}`, raw);
    }
    Object.assign(this.#directory, files);
    return { mark, files, unit: result?.unit ?? null };
  }

  #nightCases({ seq, info, planned }: NightRow): NightCases {
    const summary = new MonthSummary({ name: '', nights: [{ seq, info, planned, revision: '' }] });
    for (const one of this.#catalogue.cases) summary.add(one, this.#store.bulk.casePoints(one.id, { first: seq, last: seq }));
    return summary.nights()[0] ?? { run: seq, warnings: [], groups: [], withoutResult: planned };
  }

  /** Whether all files of before are still there; then they are the site's again. */
  #kept(files: Readonly<Record<string, string>>): boolean {
    if (!Object.values(files).every((file) => this.#folder.keep(file))) return false;
    Object.assign(this.#directory, files);
    return true;
  }

  #piece<Name extends PieceName>(name: Name, data: SitePieces[Name]): string {
    return this.#add(name, data);
  }

  /** A script, because a page opened from a folder may load nothing else; JSON inside a text, because that is parsed fastest and a name like `__proto__` stays a name. */
  #add(name: string, data: unknown): string {
    const json = JSON.stringify(data).replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
    return this.#folder.add('data', name.split('/')[0] ?? name, 'js', `paddockData('${name}','${json}');\n`);
  }

  /** Lets others (a server in this process, Ctrl-C) have their turn. */
  async #breathe(): Promise<void> {
    await breathe();
    this.#options.signal.throwIfAborted();
  }
}
