import type { Case } from '../domain/case.ts';
import type { Environment } from '../domain/environment.ts';
import type { ChangeEvent } from '../domain/event.ts';
import type { MetricKind } from '../domain/metric.ts';
import type { CaseResult, Comparison, DeviceFacts, RunInfo } from '../domain/result.ts';
import type { Reason, VerdictStatus } from '../domain/verdict.ts';

/** What the files of a published folder hold: written by this room, read by the page (`reports/site`). Rises when either side would misread the other. */
export const SITE_DATA_VERSION = 1;

/** Cases whose series share a file. */
export const CASES_A_GROUP = 16;

/** 32-bit floats (7 digits; reports show 5), little-endian, in base64. NaN: none. */
export type Floats = string;

/** A run of a suite or canary. */
export interface SiteNight extends Pick<RunInfo, 'id' | 'suite' | 'preset' | 'status' | 'startedAt' | 'endedAt' | 'paddock'> {
  readonly seq: number;
  readonly purpose: 'suite' | 'canary';
  /** Cases in its plan. */
  readonly planned: number;
  /** Cases by verdict, in the order of VERDICT_STATUSES. */
  readonly counts: readonly number[];
}

/** Cases, a column a field; texts by their place in `SiteOverview.texts`. */
export interface SiteCases {
  readonly id: readonly number[];
  readonly key: readonly string[];
  readonly lastRun: readonly number[];
  /** Which device its last numbers are from: another than its own where that is a pool. */
  readonly unit: readonly number[];
  readonly fields: { readonly [field in Exclude<keyof Case, 'options' | 'emulated'>]: readonly number[] };
  readonly threads: readonly number[];
  readonly batch: readonly number[];
}

export interface SiteMetric extends Pick<MetricKind, 'label' | 'unit'> {
  readonly name: string;
  readonly meaning: string | null;
  readonly better: 'lower' | 'higher' | null;
}

/** A device's night that is no night of its models. */
export interface IncidentNight {
  readonly run: number;
  readonly device: string;
  readonly reason: string;
}

/** What the page needs for its first view and to name everything else. */
export interface SiteOverview {
  readonly version: typeof SITE_DATA_VERSION;
  readonly texts: readonly string[];
  readonly nights: readonly SiteNight[];
  readonly cases: SiteCases;
  readonly metrics: readonly SiteMetric[];
  /** As the newest run saw them. */
  readonly devices: readonly DeviceFacts[];
  /** Words for the fields of an Environment. */
  readonly environmentLabels: Readonly<Record<string, string>>;
  readonly incidents: readonly IncidentNight[];
  /** Devices that are not used until somebody has looked at them. */
  readonly setAside: readonly { readonly device: string; readonly reason: string; readonly since: string; readonly until?: string }[];
  /** Events that somebody should look at, and those noticed in the newest night of each suite. */
  readonly events: readonly ChangeEvent[];
  readonly eventCount: number;
  /** The newest run of each suite. */
  readonly newest: readonly NightCases[];
}

/** What became of each case in one run. */
export interface NightCases {
  readonly run: number;
  readonly warnings: readonly Reason[];
  /** Case ids by state and reason; for `ok` the reason is empty. */
  readonly groups: readonly { readonly state: VerdictStatus; readonly reason: string; readonly cases: readonly number[] }[];
  /** Planned cases that have no result, because the run was stopped or goes on. */
  readonly withoutResult: number;
}

/** The newest valid value of every series, a column a field. */
export interface LatestValues {
  readonly caseId: readonly number[];
  /** Place in `SiteOverview.metrics`. */
  readonly metric: readonly number[];
  readonly unit: readonly string[];
  readonly run: readonly number[];
  /** value, low, high of each. */
  readonly values: Floats;
}

/** A month of one case's series; columns run parallel to `runs`. */
export interface CaseMonth {
  readonly id: number;
  readonly runs: readonly number[];
  readonly states: readonly VerdictStatus[];
  /** Place in `runs` -> reason, where the state is not ok. */
  readonly reasons: readonly (readonly [number, string])[];
  /** Place in `SeriesMonth.environments`; -1: nothing ran. */
  readonly environments: readonly number[];
  readonly temperatureMaxC: Floats | null;
  readonly cpuPressureMax: Floats | null;
  readonly stealMean: Floats | null;
  readonly throttleEvents: Floats | null;
  readonly series: readonly { readonly metric: string; readonly unit: string; readonly n: readonly number[]; readonly values: Floats }[];
}

export interface SeriesMonth {
  readonly environments: readonly Environment[];
  readonly cases: readonly CaseMonth[];
}

/** A month of all devices; columns run parallel to `runs`. */
export interface DeviceMonth {
  readonly devices: readonly {
    readonly device: string;
    readonly runs: readonly number[];
    /** Cases by verdict in each run. */
    readonly counts: readonly (readonly number[])[];
    readonly temperatureMaxC: Floats;
    readonly cpuPressureMax: Floats;
    readonly throttleEvents: Floats;
  }[];
}

export interface LatencyBinsData {
  readonly lowMs: number;
  readonly widthMs: number;
  readonly counts: readonly number[];
  readonly above: number;
  readonly total: number;
}

/** The last result of a case. */
export interface CaseDetail {
  readonly run: number;
  readonly result: Omit<CaseResult, 'key' | 'case'>;
  /** Latencies of the steady parts; null where none were stored. */
  readonly bins: LatencyBinsData | null;
  /** The same of each launch, on the same bins. */
  readonly launchBins: readonly { readonly block: number; readonly attempt: number; readonly counts: readonly number[] }[];
}

/** Every latency of a case's last result, ns, warm-up included. */
export interface RawLatencies {
  readonly launches: readonly { readonly block: number; readonly attempt: number; readonly warmupSamples: number; readonly latenciesNs: readonly number[] }[];
  /** Latencies that are in the store and were too many for this file. */
  readonly leftOut: number;
}

export interface RunComparisons {
  readonly runs: readonly { readonly run: number; readonly comparisons: readonly Comparison[] }[];
}

/** What is measured of the detector itself; see test/bench/detect.ts. */
export interface DetectorScorecard {
  readonly measuredAt: string;
  readonly command: string;
  /** Whether what was measured is the detector of this version. */
  readonly detector: 'this' | 'another';
  readonly tables: readonly { readonly title: string; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }[];
}

/** Files by name, and what each holds. */
export interface SitePieces {
  readonly latest: LatestValues;
  readonly events: readonly ChangeEvent[];
  readonly comparisons: RunComparisons;
  readonly scorecard: DetectorScorecard | null;
  readonly [night: `night/${number}`]: NightCases;
  readonly [series: `series/${number}/${string}`]: SeriesMonth;
  readonly [devices: `devices/${string}`]: DeviceMonth;
  readonly [detail: `detail/${number}`]: CaseDetail;
  readonly [raw: `raw/${number}`]: RawLatencies;
}
export type PieceName = keyof SitePieces;

/** Name of a piece -> its file in `data/`. */
export type SiteDirectory = Readonly<Record<string, string>>;
