import type { Case } from '../domain/case.ts';
import { METRICS, type Metric, type MetricName } from '../domain/metric.ts';
import type { CaseResult } from '../domain/result.ts';
import { deviceWords } from './case-label.ts';
import { comparableGroup } from './comparable.ts';
import { headlineMetric } from './headline-metric.ts';

/** `best`: nothing comparable comes near; `level`: its interval overlaps the best's, so neither is shown to be better. */
export type Standing = 'best' | 'level';

/** Comparable cases that may be ranked: `ok`, and with an interval. */
export interface RankedGroup {
  readonly model: string;
  readonly workload: string;
  readonly device: string;
  readonly metric: MetricName;
  readonly leader: Case;
  readonly leaderMetric: Metric;
  readonly ranked: number;
  /** Ranked cases whose intervals overlap the leader's, the leader included. */
  readonly level: number;
}

interface Entry {
  readonly key: string;
  readonly low: number;
  readonly high: number;
}

interface Group {
  readonly metric: MetricName;
  leader: CaseResult;
  leaderMetric: Metric;
  readonly entries: Entry[];
}

/** Gathers results one by one and says who leads among the comparable. Holds three words a valid result. */
export class Ranking {
  readonly #groups = new Map<string, Group>();

  add(result: CaseResult): void {
    if (result.verdict.status !== 'ok') return;
    const metric = headlineMetric(result);
    const measured = result.metrics[metric];
    if (measured === undefined || measured.low === null || measured.high === null) return;
    const id = comparableGroup(result.case);
    const entry = { key: result.key, low: measured.low, high: measured.high };
    const group = this.#groups.get(id);
    if (group === undefined) {
      this.#groups.set(id, { metric, leader: result, leaderMetric: measured, entries: [entry] });
      return;
    }
    group.entries.push(entry);
    if (isBetter(metric, measured.value, group.leaderMetric.value)) {
      group.leader = result;
      group.leaderMetric = measured;
    }
  }

  /** Groups with at least one ranked case, in the order in which they came. */
  groups(): readonly RankedGroup[] {
    return Array.from(this.#groups.values(), (group) => {
      const { model, workload } = group.leader.case;
      const device = deviceWords(group.leader.case);
      const level = group.entries.filter((entry) => overlaps(entry, group.leaderMetric)).length;
      return { model, workload, device, metric: group.metric, leader: group.leader.case, leaderMetric: group.leaderMetric, ranked: group.entries.length, level };
    });
  }

  /** Standing by case key, for the leaders of groups in which there is something to compare. */
  standings(): ReadonlyMap<string, Standing> {
    const standings = new Map<string, Standing>();
    for (const group of this.#groups.values()) {
      const level = group.entries.filter((entry) => overlaps(entry, group.leaderMetric));
      if (group.entries.length < 2 || level.length === group.entries.length) continue;
      for (const entry of level) standings.set(entry.key, level.length === 1 ? 'best' : 'level');
    }
    return standings;
  }
}

function isBetter(metric: MetricName, candidate: number, leader: number): boolean {
  return METRICS[metric].better === 'lower' ? candidate < leader : candidate > leader;
}

function overlaps(entry: Entry, leader: Metric): boolean {
  return leader.low !== null && leader.high !== null && entry.low <= leader.high && entry.high >= leader.low;
}
