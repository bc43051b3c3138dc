import type { EventKind, EventSeries } from '../domain/event.ts';
import type { MetricName } from '../domain/metric.ts';
import type { CaseResult, Comparison } from '../domain/result.ts';
import { watchRule } from '../domain/watch.ts';
import { compareWithin } from '../farm/compare.ts';
import { comparisonWords, metricLabel } from './comparison-words.ts';

/**
 * What an A/B makes of a suspicion. `changed`: one of its metrics moved as suspected; `same`: none did beyond the bound that `words` names; `smaller`: surely the same way, but too
 * little to be what the nights show: below the bound and more than a trifle of it, or beyond the bound and no more than a trifle; `other-way`: surely the other way.
 */
export type Finding =
  | { readonly kind: 'changed' | 'same' | 'smaller' | 'other-way'; readonly comparison: Comparison; readonly words: string }
  | { readonly kind: 'broke'; readonly reason: string }
  | { readonly kind: 'undecided'; readonly reason: string };

/** What an event says of the case that the A/B is of. */
export interface Suspicion {
  readonly kind: EventKind;
  readonly members: readonly EventSeries[];
}

/** A sure change the same way that stays below this share of what the nights show (on the log scale) is not what they show. */
const TRIFLE_SHARE = 0.25;

/** What launches of an A/B tell. */
export const IN_LAUNCHES = ['latency_p50', 'latency_p90', 'latency_p99', 'latency_undisturbed', 'sps', 'init_time', 'peak_memory', 'first_inference', 'power_avg', 'energy_per_inference'] as const satisfies readonly MetricName[];

/** Sides `base` and `head` of one A/B by their launches, changes below `materiality` being none. */
export function findInLaunches(results: readonly CaseResult[], { kind, members }: Suspicion, materiality: number): Finding {
  const comparisons = compareWithin(results, [{ base: { model: 'base', runtime: 'base' }, head: { model: 'head', runtime: 'head' } }], materiality, members.map(({ metric }) => metric));
  if (kind === 'broke') {
    const [base, head] = ['base', 'head'].map((id) => results.find((result) => result.case.model === id));
    const [first] = comparisons;
    return base?.verdict.status === 'ok' && head?.verdict.status === 'ok' && first !== undefined
      ? { kind: 'same', comparison: first, words: 'that the case runs with both' }
      : { kind: 'undecided', reason: `the old software is ${base?.verdict.status ?? 'not measured'} too: ${base?.verdict.reasons[0]?.message ?? ''}` };
  }
  // The largest suspicion first: that is what the event is about, and what its figure is told of. What is exact or answered says nothing of launches.
  const asked = members.filter(({ metric }) => (IN_LAUNCHES as readonly string[]).includes(metric))
    .sort((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))
    .flatMap((member) => comparisons.filter(({ metric }) => metric === member.metric).map((comparison) => ({ comparison, member })));
  const [first] = asked;
  if (first === undefined) return { kind: 'undecided', reason: comparisons[0]?.outcome === 'incomparable' ? comparisons[0].reason : notMeasured(members) };
  const changed = asked.find(({ comparison, member }) => comparison.outcome === suspected(member) && !isTrifle(comparison, member));
  if (changed !== undefined) {
    const others = asked.filter(({ comparison, member }) => comparison.outcome !== suspected(member)).map(({ comparison }) => comparisonWords(comparison));
    return { kind: 'changed', comparison: changed.comparison, words: `${comparisonWords(changed.comparison)}${others.length === 0 ? '' : `; not so ${others.join('; ')}`}` };
  }
  const open = asked.find(({ comparison: { outcome } }) => outcome === 'noisy' || outcome === 'incomparable');
  if (open !== undefined) return { kind: 'undecided', reason: `the A/B could not decide: ${open.comparison.reason}` };
  const words = asked.map(({ comparison }) => comparisonWords(comparison)).join('; ');
  const otherWay = asked.find(({ comparison: { outcome }, member }) => outcome !== 'equivalent' && outcome !== suspected(member));
  if (otherWay !== undefined) return { kind: 'other-way', comparison: otherWay.comparison, words };
  const smaller = asked.find(({ comparison, member }) => comparison.outcome === suspected(member) || isPart(comparison, member));
  return { kind: smaller === undefined ? 'same' : 'smaller', comparison: (smaller ?? first).comparison, words };
}

/** The same items answered by either software under one protocol: the figures are exact for them, and what differs is the software's doing. `lead`: the series of quality that moved. */
export function findInAnswers(base: CaseResult, head: CaseResult, lead: EventSeries): Finding {
  const { metric } = lead;
  const [was, is] = [base, head].map(({ metrics }) => metrics[metric]?.value);
  if (was === undefined || is === undefined) return { kind: 'undecided', reason: `the A/B gave no ${metric}: ${head.absent[metric] ?? base.absent[metric] ?? 'the data of these nights were not answered'}` };
  const least = watchRule(metric, base.case.scenario)?.minEffect ?? 0;
  // From or to 0 there is no ratio, and no change is larger.
  const ratio = was > 0 && is > 0 ? is / was : null;
  const isChange = ratio === null ? was !== is : Math.abs(Math.log(ratio)) >= Math.log1p(least);
  const isAlong = Math.sign(is - was) === Math.sign(Math.log(lead.ratio));
  const outcome = !isChange ? 'equivalent' : isAlong === lead.worse ? 'regressed' : 'improved';
  const items = base.metrics[metric]?.n ?? 0;
  const comparison: Comparison = { base: base.key, head: head.key, metric, outcome, ratio, low: null, high: null, n: 1, materiality: least, method: 'the same items answered by both', reason: 'exact for these items' };
  const figures = [was, is].map((value) => String(Number(value.toPrecision(4)))).join(' -> ');
  return {
    kind: !isChange ? 'same' : isAlong ? 'changed' : 'other-way', comparison,
    words: `${metricLabel(metric)} ${figures} on the same ${items} items by one protocol${isChange ? '' : `: no change beyond ±${(100 * least).toFixed(1)} %`}`,
  };
}

function suspected(member: EventSeries): Comparison['outcome'] {
  return member.worse ? 'regressed' : 'improved';
}

/** Whether a comparison that is below its bound still shows a change the suspected way, and one that is a part of it rather than a trifle. */
function isPart(comparison: Comparison, member: EventSeries): boolean {
  const { ratio, low, high } = comparison;
  if (ratio === null || low === null || high === null || (low <= 1 && high >= 1)) return false;
  return Math.sign(Math.log(member.ratio)) === Math.sign(Math.log(ratio)) && !isTrifle(comparison, member);
}

/** Whether all that a comparison leaves possible is a trifle of what the nights show. */
function isTrifle({ low, high }: Comparison, member: EventSeries): boolean {
  if (low === null || high === null) return false;
  const sign = Math.sign(Math.log(member.ratio));
  return Math.max(sign * Math.log(low), sign * Math.log(high)) <= TRIFLE_SHARE * Math.abs(Math.log(member.ratio));
}

/** Why an A/B has nothing to say of these. */
function notMeasured(members: readonly EventSeries[]): string {
  const names = [...new Set(members.map(({ metric }) => metric))];
  return `no launch of the A/B told ${names.join(', ')}${names.some((name) => name.startsWith('power') || name.startsWith('energy')) ? ': there is no power sensor on the device now, or its readings were too few' : ''}`;
}
