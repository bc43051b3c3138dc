import { environmentChanges, environmentOf, type EnvironmentChange } from '../domain/environment.ts';
import { isMetricName, METRICS } from '../domain/metric.ts';
import type { CaseResult, Comparison, DeviceFacts, Placement } from '../domain/result.ts';
import { comparisonWords } from './comparison-words.ts';

/** What a check looks at, in the order in which it tells: a graph that left the accelerator explains what comes after it. */
export const FINDING_KINDS = ['verdict', 'placement', 'parity', 'quality', 'speed'] as const;

/** One thing that is not as it was. `note`: neither worse nor better, or not surely. */
export interface Finding {
  readonly kind: (typeof FINDING_KINDS)[number];
  readonly effect: 'worse' | 'better' | 'note';
  /** Key of the case at the head's side. */
  readonly key: string;
  readonly text: string;
}

/** A case at both sides. */
export interface SidePair {
  readonly base: CaseResult;
  readonly head: CaseResult;
}

/** `failed`: something is surely worse. `undecided`: nothing is, but of no case could the speed be told apart from noise. `passed`: nothing is worse, and there was something to look at. */
export interface Adaptation {
  readonly verdict: 'passed' | 'undecided' | 'failed' | 'nothing-compared';
  readonly pairs: number;
  readonly findings: readonly Finding[];
  /** What differs between the sides: OS build, driver, runtime … */
  readonly changes: readonly EnvironmentChange[];
}

/** Outputs that are this many times further from the reference than before are worth a look, though inside their bound. */
const PARITY_GROWTH = 10;
/** Errors below the rounding of float32 are none. */
const PARITY_FLOOR = 1e-6;

/** Numbers of nodes by operator and provider that ran elsewhere than asked. */
function strays(placement: Placement | null): ReadonlyMap<string, number> {
  return new Map((placement?.strayOperators ?? []).map(({ operator, provider, nodes }) => [`${operator} on ${provider}`, nodes]));
}

function placementFindings({ base, head }: SidePair): Finding[] {
  if (base.placement === null || head.placement === null) {
    return base.placement === null || head.verdict.status !== 'ok' ? [] : [{ kind: 'placement', effect: 'note', key: head.key, text: 'where its operators run is no longer told' }];
  }
  const [before, after] = [strays(base.placement), strays(head.placement)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): Finding[] => {
    const [was, is] = [before.get(name) ?? 0, after.get(name) ?? 0];
    if (was === is) return [];
    const nodes = Math.abs(is - was);
    return [{ kind: 'placement', effect: is > was ? 'worse' : 'better', key: head.key, text: `${nodes} ${nodes === 1 ? 'node' : 'nodes'} of ${name} ${is > was ? `left ${head.case.delegate}` : `came back to ${head.case.delegate}`} (${was} before, ${is} now)` }];
  });
}

function verdictFindings({ base, head }: SidePair): Finding[] {
  const [was, is] = [base.verdict.status, head.verdict.status];
  if (was === is) return was === 'ok' ? [] : [{ kind: 'verdict', effect: 'note', key: head.key, text: `${is} on both sides` }];
  const reason = (is === 'ok' ? base : head).verdict.reasons[0]?.message ?? '';
  return [{ kind: 'verdict', effect: is === 'ok' ? 'better' : was === 'ok' ? 'worse' : 'note', key: head.key, text: `${was} before, ${is} now${reason === '' ? '' : `: ${reason}`}` }];
}

function parityFindings({ base: { parity: was }, head: { parity: is, key } }: SidePair): Finding[] {
  if (was === null || is === null) return [];
  const findings: Finding[] = [];
  if (was.passed !== is.passed) findings.push({ kind: 'parity', effect: is.passed ? 'better' : 'worse', key, text: is.passed ? 'outputs match the reference again' : `outputs no longer match the reference (largest relative error ${is.maxRelError.toExponential(1)}, bound ${is.bound})` });
  else if (is.maxRelError > PARITY_FLOOR && is.maxRelError > PARITY_GROWTH * was.maxRelError) findings.push({ kind: 'parity', effect: 'note', key, text: `outputs are further from the reference, inside their bound: largest relative error ${was.maxRelError.toExponential(1)} before, ${is.maxRelError.toExponential(1)} now` });
  const [a, b] = [was.top1Agreement, is.top1Agreement];
  if (a !== undefined && b !== undefined && b < a) findings.push({ kind: 'parity', effect: 'worse', key, text: `the highest score is the reference's in ${(100 * b).toFixed(1)} % of rows, ${(100 * a).toFixed(1)} % before` });
  return findings;
}

/** Quality is worse when the intervals lie apart. */
function qualityFindings({ base, head }: SidePair): Finding[] {
  return Object.entries(head.metrics).flatMap(([name, is]): Finding[] => {
    const was = base.metrics[name];
    if (!name.startsWith('quality_') || name === 'quality_loss' || is === undefined || was === undefined || is.value === was.value) return [];
    const better = isMetricName(name) ? METRICS[name].better : 'higher';
    const worse = (is.value < was.value) === (better === 'higher');
    const apart = is.value < was.value ? (is.high ?? is.value) < (was.low ?? was.value) : (is.low ?? is.value) > (was.high ?? was.value);
    const label = isMetricName(name) ? METRICS[name].label : name;
    return [{ kind: 'quality', effect: apart ? (worse ? 'worse' : 'better') : 'note', key: head.key, text: `${label} ${was.value.toPrecision(4)} before, ${is.value.toPrecision(4)} now${apart ? '' : ', which may be chance'}` }];
  });
}

function speedFindings(comparisons: readonly Comparison[]): Finding[] {
  return comparisons.flatMap((comparison): Finding[] => {
    const { outcome, head } = comparison;
    if (outcome === 'equivalent') return [];
    return [{ kind: 'speed', effect: outcome === 'regressed' ? 'worse' : outcome === 'improved' ? 'better' : 'note', key: head, text: comparisonWords(comparison) }];
  });
}

/** Cases of the base that the head has none of: what ran and is not offered any more is worse. */
function goneFindings(gone: readonly CaseResult[]): Finding[] {
  return gone.map(({ key, verdict: { status } }): Finding => ({ kind: 'verdict', effect: status === 'ok' ? 'worse' : 'note', key, text: `${status} before, not there now` }));
}

/** What two drivers, OS builds, runtimes or libraries make of the same cases: placement first, then outputs, then speed, in one verdict. `gone`: cases that only the base has. Pure. */
export function judgeAdaptation(pairs: readonly SidePair[], comparisons: readonly Comparison[], devices: { readonly base: readonly DeviceFacts[]; readonly head: readonly DeviceFacts[] }, gone: readonly CaseResult[] = []): Adaptation {
  const findings = [...goneFindings(gone), ...pairs.flatMap((pair) => [...verdictFindings(pair), ...placementFindings(pair), ...parityFindings(pair), ...qualityFindings(pair)]), ...speedFindings(comparisons)];
  const factsOf = (result: CaseResult, list: readonly DeviceFacts[]): DeviceFacts | undefined => list.find(({ id }) => id === (result.unit ?? result.case.device));
  const changes = new Map(pairs.flatMap(({ base, head }) => {
    const [from, to] = [environmentOf(base, factsOf(base, devices.base), ''), environmentOf(head, factsOf(head, devices.head), '')];
    return from === null || to === null ? [] : environmentChanges(from, to).map((change) => [JSON.stringify(change), change] as const);
  }));
  const looked = pairs.some(({ base, head }) => base.verdict.status === 'ok' || head.verdict.status === 'ok');
  const isOpen = comparisons.length > 0 && comparisons.every(({ outcome }) => outcome === 'noisy' || outcome === 'incomparable');
  return {
    verdict: findings.some(({ effect }) => effect === 'worse') ? 'failed' : !looked ? 'nothing-compared' : isOpen ? 'undecided' : 'passed', pairs: pairs.length,
    findings: findings.sort((a, b) => FINDING_KINDS.indexOf(a.kind) - FINDING_KINDS.indexOf(b.kind)), changes: [...changes.values()],
  };
}
