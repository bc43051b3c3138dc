import type { DelegateKind } from '../domain/case.ts';
import type { Metric, MetricName } from '../domain/metric.ts';
import type { QualityItem } from '../domain/quality-record.ts';
import type { DatasetFacts, QualityComparison, QualityResult } from '../domain/quality-result.ts';
import { referenceVariant, type ModelSpec } from '../domain/suite.ts';
import type { QualitySpec } from '../domain/quality.ts';
import { combineVerdicts, OK, type Reason, type Verdict } from '../domain/verdict.ts';
import { holm } from '../stats/multiplicity.ts';
import { common, differenceOf, figureOf, lossOf, metricName, type Difference } from './figures.ts';
import { qualityMetric } from './metric/registry.ts';
import type { QualityMetric } from './metric/quality-metric.ts';
import { constantAnswers, seenBefore } from './sanity.ts';

/** A difference is called at this level, after Holm over all tests of the model. */
const ALPHA = 0.05;
/** A variant that is better than its parent is a suspicion that takes its numbers away: it needs more than a called difference. */
const BEATS_ALPHA = 0.01;
const MISSES_SHOWN = 5;

/** What a variant answered with one runtime, delegate, thread count and device. */
export interface QualitySubject {
  readonly subject: string;
  readonly variant: string;
  readonly runtime: string;
  readonly delegate: string;
  readonly delegateKind: DelegateKind;
  readonly device: string;
  readonly threads: number;
  /** Of its blocks together. */
  readonly verdict: Verdict;
  readonly warnings: readonly Reason[];
  /** Empty unless all blocks are there. */
  readonly items: readonly QualityItem[];
  /** Why there are no items, where no block failed. */
  readonly absent: string | null;
}

export interface ModelQuality {
  readonly model: ModelSpec;
  readonly spec: QualitySpec;
  readonly data: DatasetFacts;
  readonly protocolSha256: string;
  /** In the order of the plan. */
  readonly subjects: readonly QualitySubject[];
}

/** What quality adds to the row of every case of a subject. */
export interface QualityOutcome {
  readonly verdict: Verdict;
  readonly warnings: readonly Reason[];
  readonly metrics: Partial<Record<MetricName, Metric>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly result: QualityResult | null;
}

interface Pair {
  readonly subject: QualitySubject;
  readonly base: QualitySubject;
  readonly role: QualityComparison['role'];
  readonly metric: QualityMetric;
  readonly found: Difference;
}

function invalid(reason: Reason): Verdict {
  return { status: 'invalid', reasons: [reason] };
}

/** What a subject is held against. CPU first: a delegate that answers wrongly must not be its own measure. The same device first, then any. */
function baseOf(subject: QualitySubject, variant: string, subjects: readonly QualitySubject[]): QualitySubject | null {
  const candidates = subjects.filter((each) => each.variant === variant && each.items.length > 0);
  const first = candidates.find((each) => each.delegate === 'cpu') ?? candidates.find((each) => each.delegateKind === 'cpu') ?? candidates[0] ?? null;
  if (subject.variant === variant) return first;
  const near = (wanted: (each: QualitySubject) => boolean): QualitySubject | undefined => candidates.find((each) => each.device === subject.device && each.runtime === subject.runtime && wanted(each));
  return near((each) => each.delegate === 'cpu' && each.threads === subject.threads) ?? near((each) => each.delegate === 'cpu') ?? near((each) => each.delegateKind === 'cpu') ?? first;
}

function parentOf(model: ModelSpec, variant: string): string | null {
  return model.variants.find((each) => each.id === variant)?.from ?? referenceVariant(model)?.id ?? null;
}

function pairsOf(quality: ModelQuality, metrics: readonly QualityMetric[]): Pair[] {
  const { model, subjects, protocolSha256 } = quality;
  const reference = referenceVariant(model)?.id ?? null;
  return subjects.filter((subject) => subject.items.length > 0).flatMap((subject) => {
    const parent = parentOf(model, subject.variant);
    const roles: readonly { readonly role: Pair['role']; readonly variant: string | null }[] = [{ role: 'reference', variant: reference }, ...(parent === reference || parent === subject.variant ? [] : [{ role: 'parent' as const, variant: parent }])];
    return roles.flatMap(({ role, variant }): Pair[] => {
      const base = variant === null ? null : baseOf(subject, variant, subjects);
      if (base === null || base.subject === subject.subject) return [];
      const { a, b } = common(subject.items, base.items);
      // A figure that is not defined, or infinite, has no difference to another one.
      return metrics.map((metric) => ({ subject, base, role, metric, found: differenceOf(metric, a, b, protocolSha256) })).filter(({ found }) => Number.isFinite(found.difference));
    });
  });
}

function comparisons(pairs: readonly Pair[]): ReadonlyMap<Pair, { readonly comparison: QualityComparison; readonly p: number }> {
  const adjusted = holm(pairs.map(({ found }) => found.p));
  return new Map(pairs.map((pair, index) => {
    const { found, metric, role, base } = pair;
    const p = adjusted[index] ?? 1;
    const betterUp = metric.goodness(1) > metric.goodness(2) ? -1 : 1;
    const outcome = found.identical ? 'equal' : p > ALPHA ? 'undecided' : found.difference * betterUp > 0 ? 'better' : 'worse';
    return [pair, { p, comparison: { role, base: base.subject, metric: metricName(metric), difference: found.difference, low: found.low, high: found.high, p: found.p, n: found.n, outcome, method: found.method } }];
  }));
}

const NO_SHARE = 'the reference itself has no quality on these items, so that no share of it can be lost';

/** The loss against the reference, and what the suite's bound makes of it. */
function judgeLoss(subject: QualitySubject, quality: ModelQuality, primary: QualityMetric): { readonly loss: Metric | null; readonly verdict: Verdict; readonly warnings: Reason[]; readonly absent: string } {
  const { model, spec, subjects, protocolSha256 } = quality;
  const reference = referenceVariant(model);
  const base = reference === null ? null : baseOf(subject, reference.id, subjects);
  // An accelerator that answers wrongly must not be the measure of what is lost.
  if (base?.delegateKind !== 'cpu') {
    const planned = subjects.some((each) => each.variant === reference?.id && each.delegateKind === 'cpu');
    const message = reference === null ? 'the model has no reference variant to hold its quality against'
      : base === null || planned ? `the reference variant ${reference.id} has no quality figure on a CPU in this run to hold it against` : `the reference variant ${reference.id} was measured on accelerators only; measure it on a CPU too`;
    const reason = { code: 'quality-unchecked', message: `quality loss is not known: ${message}` };
    const bounded = spec.maxLoss !== undefined;
    return { loss: null, verdict: bounded && planned ? invalid(reason) : OK, warnings: !planned && (bounded || base !== null) ? [reason] : [], absent: message };
  }
  if (base.subject === subject.subject && lossOf(primary, subject.items, subject.items, protocolSha256) === null) return { loss: null, verdict: OK, warnings: [{ code: 'quality-unchecked', message: `no variant's quality loss can be known: ${NO_SHARE}` }], absent: NO_SHARE };
  if (base.subject === subject.subject) return { loss: { value: 0, low: 0, high: 0, n: subject.items.length, unit: '%', method: 'it is the reference itself' }, verdict: OK, warnings: [], absent: '' };
  const { a, b } = common(subject.items, base.items);
  const loss = lossOf(primary, a, b, protocolSha256);
  if (loss === null) {
    const reason = { code: 'quality-unchecked', message: `quality loss is not known: ${NO_SHARE}` };
    return { loss, verdict: spec.maxLoss === undefined ? OK : invalid(reason), warnings: spec.maxLoss === undefined ? [reason] : [], absent: NO_SHARE };
  }
  const max = spec.maxLoss === undefined ? null : 100 * spec.maxLoss;
  if (max === null) return { loss, verdict: OK, warnings: [], absent: '' };
  const interval = loss.low === null || loss.high === null ? '' : ` (95 %: ${loss.low.toFixed(1)} to ${loss.high.toFixed(1)} %)`;
  const told = `it loses ${loss.value.toFixed(1)} %${interval} of the reference's ${primary.id}, and the suite allows ${max} %`;
  if (loss.value > max) return { loss, verdict: invalid({ code: 'quality-loss', message: `its speed is not ranked: ${told}${(loss.low ?? loss.value) <= max ? '; more items would show whether it really loses more' : ''}` }), warnings: [], absent: '' };
  const unsure = loss.high === null || loss.high > max;
  return { loss, verdict: OK, warnings: unsure ? [{ code: 'quality-loss-unsure', message: `${told}; more items would show whether it keeps the bound` }] : [], absent: '' };
}

function beatsParent(subject: QualitySubject, model: ModelSpec, own: readonly { readonly pair: Pair; readonly comparison: QualityComparison; readonly p: number }[], primary: QualityMetric): Reason | null {
  if (model.variants.find((each) => each.id === subject.variant)?.retrained === true) return null;
  const parent = parentOf(model, subject.variant);
  if (parent === subject.variant) return null;
  const found = own.find(({ pair, comparison, p }) => pair.metric === primary && pair.base.variant === parent && comparison.outcome === 'better' && p <= BEATS_ALPHA);
  if (found === undefined) return null;
  return { code: 'beats-parent', message: `its ${primary.id} is better than that of ${parent ?? ''}, which it is made from, beyond chance (p ${found.p < 0.001 ? '< 0.001' : found.p.toFixed(3)}, ${found.comparison.method}): look for a leak of test data, or say \`retrained: true\` if it was trained further` };
}

const NOTHING = { metrics: {}, result: null } as const;

function judgeSubject(subject: QualitySubject, quality: ModelQuality, metrics: readonly QualityMetric[], own: readonly { readonly pair: Pair; readonly comparison: QualityComparison; readonly p: number }[]): QualityOutcome {
  const { model, spec, data, protocolSha256 } = quality;
  const [primary] = metrics;
  const names = [...metrics.map(metricName), 'quality_loss'];
  const nothing = (why: string): Readonly<Record<string, string>> => Object.fromEntries(names.map((name) => [name, why]));
  const generated = model.weights === 'generated' ? { code: 'generated-weights', message: 'its weights are generated, so that a quality figure would say nothing' }
    : data.origin === 'generated' ? { code: 'generated-data', message: `the data set ${data.name} is generated, so that a quality figure would say nothing` } : null;
  if (generated !== null) return { ...NOTHING, verdict: invalid(generated), warnings: [], absent: nothing(generated.message) };
  if (subject.items.length === 0 || primary === undefined) {
    const why = subject.absent ?? subject.verdict.reasons[0]?.message ?? 'it was not measured';
    const warnings = subject.absent === null || spec.maxLoss === undefined ? [] : [{ code: 'quality-unchecked', message: `its quality was not checked: ${subject.absent}` }];
    return { ...NOTHING, verdict: subject.verdict, warnings: [...subject.warnings, ...warnings], absent: nothing(why) };
  }
  const figures: Partial<Record<MetricName, Metric>> = {};
  const absent: Record<string, string> = {};
  for (const metric of metrics) {
    const figure = figureOf(metric, subject.items, protocolSha256);
    if (figure === null) absent[metricName(metric)] = 'the items do not define it';
    else figures[metricName(metric)] = figure;
  }
  const { loss, verdict, warnings, absent: lossAbsent } = judgeLoss(subject, quality, primary);
  if (loss === null) absent['quality_loss'] = lossAbsent;
  else figures.quality_loss = loss;
  const reasons = [constantAnswers(subject.items), seenBefore(subject.items), beatsParent(subject, model, own, primary)].filter((reason) => reason !== null);
  return {
    verdict: combineVerdicts([subject.verdict, verdict, ...reasons.map(invalid)]), warnings: [...subject.warnings, ...warnings], metrics: figures, absent,
    result: {
      data, protocolSha256, primary: metricName(primary), maxLoss: spec.maxLoss === undefined ? null : 100 * spec.maxLoss, against: own.map(({ comparison }) => comparison),
      misses: subject.items.flatMap(({ id, miss }) => (miss === null ? [] : [{ id, ...miss }])).slice(0, MISSES_SHOWN),
    },
  };
}

/** Figures, paired tests and sanity gates of everything that was measured of one model, by subject. Pure. */
export function judgeQuality(quality: ModelQuality): ReadonlyMap<string, QualityOutcome> {
  const metrics = quality.spec.metrics.map(qualityMetric);
  const compared = comparisons(pairsOf(quality, metrics));
  return new Map(quality.subjects.map((subject) => {
    const own = [...compared].flatMap(([pair, { comparison, p }]) => (pair.subject === subject ? [{ pair, comparison, p }] : []));
    return [subject.subject, judgeSubject(subject, quality, metrics, own)];
  }));
}
