import type { Case } from '../../domain/case.ts';
import { METRICS, type Metric, type MetricName } from '../../domain/metric.ts';
import type { CaseResult } from '../../domain/result.ts';
import type { ModelFacts, RunReport, ShipRule } from '../../domain/run-report.ts';
import { deviceWords, distinctLabels } from '../case-label.ts';
import { comparableGroup } from '../comparable.ts';
import { groupHeadline } from '../headline-metric.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { boundText, judgeBound, withInterval, type BoundVerdict } from './bound.ts';
import { counts } from './counts.ts';
import { speedOf, type SpeedVerdict } from './speed.ts';

/** One variant with its delegate and threads, and why it is or is not what to ship. */
export interface Candidate {
  readonly result: CaseResult;
  readonly label: string;
  /** Against the reference variant's case. */
  readonly speed: SpeedVerdict | null;
  /** Metric -> this over the parent's, where both are valid numbers above 0. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly bounds: readonly BoundVerdict[];
  /** Why nobody knows what quality it loses, where that of others was measured or has a bound; null where it is known, or plays no part. */
  readonly unknownQuality: string | null;
  readonly standing: 'recommended' | 'lost' | 'blocked' | 'candidate';
  /** Why it lost or is blocked, one sentence without a full stop; empty for what is recommended. */
  readonly why: string;
}

/** What can be shipped on one device for one model and workload, delegate by delegate. */
export interface TradeOff {
  readonly model: ModelFacts | null;
  readonly case: Case;
  /** What its cases are ranked by, whatever the suite's objective is. */
  readonly headline: MetricName;
  readonly objective: MetricName;
  readonly constraints: ShipRule['constraints'];
  readonly candidates: readonly Candidate[];
  readonly recommended: Candidate | null;
  /** What to ship and why, in a plain sentence; null where the suite does not say what may be shipped. */
  readonly advice: string | null;
}

type Judged = Omit<Candidate, 'standing' | 'why'>;

function isBetter(name: MetricName, a: number, b: number): boolean {
  return METRICS[name].better === 'lower' ? a < b : a > b;
}

function overlap(a: Metric, b: Metric): boolean {
  return (a.low ?? a.value) <= (b.high ?? b.value) && (a.high ?? a.value) >= (b.low ?? b.value);
}

/** The case of the variant that this one is made from, on the same delegate and options. */
function parentCase(result: CaseResult, members: readonly CaseResult[], model: ModelFacts | null): CaseResult | null {
  const variant = model?.variants.find((each) => each.id === result.case.variant);
  const parent = variant?.from ?? model?.reference ?? null;
  const { runtime, delegate, options } = result.case;
  return parent === null || parent === result.case.variant ? null
    : (members.find(({ case: c }) => c.variant === parent && c.runtime === runtime && c.delegate === delegate && c.options.threads === options.threads) ?? null);
}

function ratiosOf(result: CaseResult, parent: CaseResult | null): Record<string, number> {
  return Object.fromEntries(Object.entries(result.metrics).flatMap(([name, metric]) => {
    const base = parent?.metrics[name];
    if (base === undefined || metric === undefined || !(base.value > 0) || name === 'quality_loss' || parent === null || !counts(result, name) || !counts(parent, name)) return [];
    return [[name, metric.value / base.value]];
  }));
}

const doubtsOf = ({ bounds }: Judged): readonly string[] => bounds.filter(({ doubtful }) => doubtful === 'yes').map(({ words }) => words);
const surelyLoses = ({ result }: Judged): number => ((result.metrics['quality_loss']?.low ?? 0) > 0 ? 1 : 0);
const sizeOf = ({ result }: Judged): number => result.metrics['model_size']?.value ?? 0;

/** What can't be told apart by the objective is ordered by doubt about its bounds, then by whether it surely loses quality, then by size. */
function preferred(level: readonly Judged[], objective: MetricName): Judged | null {
  const value = ({ result }: Judged): number => result.metrics[objective]?.value ?? 0;
  return level.toSorted((a, b) => doubtsOf(a).length - doubtsOf(b).length || surelyLoses(a) - surelyLoses(b) || sizeOf(a) - sizeOf(b) || (isBetter(objective, value(a), value(b)) ? -1 : 1))[0] ?? null;
}

/** Those that can't be told from the best by the objective. */
function levelWithBest(eligible: readonly Judged[], objective: MetricName): readonly Judged[] {
  const measured = eligible.flatMap((candidate) => {
    const metric = candidate.result.metrics[objective];
    return metric === undefined ? [] : [{ candidate, metric }];
  });
  const best = measured.reduce<(typeof measured)[number] | null>((leader, each) => (leader === null || isBetter(objective, each.metric.value, leader.metric.value) ? each : leader), null);
  return best === null ? [] : measured.filter(({ metric }) => overlap(metric, best.metric)).map(({ candidate }) => candidate);
}

/** Why a candidate that keeps its bounds lost to the one that is recommended. */
function lostTo(candidate: Judged, winner: Judged, objective: MetricName): string {
  const own = candidate.result.metrics[objective];
  const best = winner.result.metrics[objective];
  const label = METRICS[objective].label;
  if (own === undefined || best === undefined) return `its ${label.toLowerCase()} is not known (${candidate.result.absent[objective] ?? 'it was not measured'})`;
  const against = `${label.toLowerCase()} ${NUMBER_FORMAT.quantity(own, own.unit)} against ${NUMBER_FORMAT.quantity(best, best.unit)}`;
  if (!overlap(own, best)) return `worse by the objective: ${against}`;
  const doubts = doubtsOf(candidate);
  const loss = candidate.result.metrics['quality_loss'];
  const [size, smaller] = [sizeOf(candidate), sizeOf(winner)];
  const decided = doubts.length > doubtsOf(winner).length ? doubts.join('; ')
    : loss !== undefined && surelyLoses(candidate) > surelyLoses(winner) ? `it surely loses quality: ${withInterval(loss)}`
      : size > smaller ? `its file is larger: ${NUMBER_FORMAT.plain(size, 3)} against ${NUMBER_FORMAT.plain(smaller, 3)} MiB` : 'its value is the worse one';
  return `not distinguishable by the objective (${against}); ${decided}`;
}

function whyNot(candidate: Judged, winner: Judged | null, objective: MetricName): Pick<Candidate, 'standing' | 'why'> {
  const { result, bounds, unknownQuality } = candidate;
  if (result.verdict.status !== 'ok') return { standing: 'blocked', why: `${result.verdict.status}: ${result.verdict.reasons.map((reason) => reason.message).join('; ') || 'no reason was given'}` };
  const broken = bounds.filter(({ state }) => state !== 'kept').map(({ words }) => words);
  const faults = unknownQuality === null ? broken : [unknownQuality, ...broken];
  if (faults.length > 0) return { standing: 'lost', why: faults.join('; ') };
  return { standing: 'lost', why: winner === null ? `its ${METRICS[objective].label.toLowerCase()} is not known` : lostTo(candidate, winner, objective) };
}

function figures(winner: Judged, objective: MetricName, reference: string | null): string {
  const { result, speed } = winner;
  const objectiveMetric = result.metrics[objective];
  const loss = result.metrics['quality_loss'];
  const parts = [
    ...(objectiveMetric === undefined ? [] : [`${METRICS[objective].label.toLowerCase()} ${NUMBER_FORMAT.quantity(objectiveMetric, objectiveMetric.unit)}`]),
    ...(speed === null || speed.outcome === 'blocked' ? [] : [speed.words]),
    ...(loss === undefined || result.case.variant === reference ? [] : [`quality loss ${withInterval(loss)}`]),
  ];
  const doubts = doubtsOf(winner);
  return `${parts.join(', ')}${doubts.length === 0 ? '' : `. In doubt: ${doubts.join('; ')}`}`;
}

function adviceOf(winner: Judged | null, level: readonly Judged[], eligible: readonly Judged[], judged: readonly Judged[], rule: ShipRule, objective: MetricName, where: string, reference: string | null): string {
  const rules = rule.constraints.length === 0 ? 'no bounds' : rule.constraints.map(boundText).join(', ');
  if (winner !== null) {
    const { result: { case: c } } = winner;
    const label = METRICS[objective].label.toLowerCase();
    const chosen = level.length === 1 ? `the best ${label} of what keeps ${rules}` : `${level.length} candidates that keep ${rules} can’t be told apart by ${label}, and of these those with the fewest doubts about their bounds come first, then those that don’t surely lose quality, then the smallest file`;
    const single = eligible.some(({ result: { metrics: { [objective]: metric } } }) => metric !== undefined && (metric.low === null || metric.high === null));
    const unsure = single ? ` This is not sure: ${label} has no interval over launches for all of them; more launches would show which is best.` : '';
    return `Ship ${c.variant} with ${c.runtime} on ${c.delegate}, ${c.options.threads === 1 ? '1 thread' : `${c.options.threads} threads`}, ${where}: ${chosen}: ${figures(winner, objective, reference)}.${unsure}`;
  }
  if (eligible.length > 0) return `Nothing can be recommended ${where}: the objective, ${METRICS[objective].label.toLowerCase()}, was measured for none of the ${eligible.length === 1 ? 'candidates (1)' : `${eligible.length} candidates`} that keep ${rules}.`;
  const counting = judged.filter(({ result }) => result.verdict.status === 'ok');
  const valid = counting.length;
  const none = counting.every(({ unknownQuality }) => unknownQuality !== null) ? 'the quality of none of these is known' : `none${counting.some(({ unknownQuality }) => unknownQuality !== null) ? ' of known quality' : ''} keeps ${rules}`;
  return `Nothing can be recommended ${where}: of ${judged.length} candidates ${valid === 0 ? 'none gave numbers that count' : `${valid === 1 ? '1 gives' : `${valid} give`} numbers that count, and ${none}`}.`;
}

/** Whether quality plays a part in what is shipped: it was measured, or a bound on it could not be checked. */
function wantsQuality({ quality, warnings, verdict: { reasons } }: CaseResult): boolean {
  return (quality !== undefined && quality !== null) || [...warnings, ...reasons].some(({ code }) => code === 'quality-unchecked');
}

function tradeOffOf(members: readonly CaseResult[], report: RunReport): TradeOff {
  const [first] = members;
  if (first === undefined) throw new Error('a trade-off of no cases was asked for');
  const model = report.models.find((each) => each.id === first.case.model) ?? null;
  const rule = report.shipRule;
  const headline = groupHeadline(members);
  const objective = rule?.objective ?? headline;
  const bounded = (rule?.constraints ?? []).some(({ metric }) => metric === 'quality_loss');
  const judgesQuality = !bounded && members.some(wantsQuality);
  const labels = distinctLabels(members.map((result) => result.case));
  const judged = members.map((result, index): Judged => ({
    result, label: labels[index] ?? '', speed: speedOf(result, model?.reference ?? 'the reference', report.comparisons), ratios: ratiosOf(result, parentCase(result, members, model)),
    bounds: (rule?.constraints ?? []).map((constraint) => judgeBound(result, constraint)),
    unknownQuality: judgesQuality && result.metrics['quality_loss'] === undefined ? `its quality is not known: no quality loss (${result.absent['quality_loss'] ?? 'it was not measured'})` : null,
  }));
  const eligible = judged.filter(({ result, bounds, unknownQuality }) => unknownQuality === null && result.verdict.status === 'ok' && bounds.every(({ state }) => state === 'kept'));
  const level = levelWithBest(eligible, objective);
  const winner = rule === null ? null : preferred(level, objective);
  const candidates = judged.map((candidate): Candidate => {
    if (candidate === winner) return { ...candidate, standing: 'recommended', why: '' };
    const lost = whyNot(candidate, winner, objective);
    return rule === null && lost.standing === 'lost' ? { ...candidate, standing: 'candidate', why: '' } : { ...candidate, ...lost };
  });
  const where = `on ${deviceWords(first.case)}`;
  return {
    model, case: first.case, headline, objective, constraints: rule?.constraints ?? [], candidates, recommended: candidates.find(({ standing }) => standing === 'recommended') ?? null,
    advice: rule === null ? null : adviceOf(winner, level, eligible, judged, rule, objective, where, model?.reference ?? null),
  };
}

/**
 * What to ship, for each model, workload and device with more than one variant, where the suite says what may be shipped or quality was measured.
 * Holds the results of such groups without their launches.
 */
export function tradeOffs(report: RunReport): readonly TradeOff[] {
  const groups = new Map<string, CaseResult[]>();
  for (const result of report.results()) {
    if (report.shipRule === null && result.quality === undefined) continue;
    if (result.verdict.status === 'skipped' || result.verdict.status === 'unsupported') continue;
    const id = comparableGroup(result.case);
    const members = groups.get(id) ?? [];
    members.push({ ...result, launches: [] });
    groups.set(id, members);
  }
  return [...groups.values()].filter((members) => new Set(members.map(({ case: c }) => c.variant)).size > 1).map((members) => tradeOffOf(members, report));
}
