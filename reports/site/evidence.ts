import type { ConditionSummary } from '../../src/domain/condition.ts';
import type { CaseResult } from '../../src/domain/result.ts';
import { NUMBER_FORMAT } from '../../src/report/number.ts';
import { h, name, type Child } from './element.ts';
import { absent, facts, table } from './table.ts';

/** Which nodes ran on which execution provider, and which operators strayed. */
export function placementFacts({ placement }: Pick<CaseResult, 'placement'>): Child {
  if (placement === null) return h('p', {}, absent('placement was not checked'));
  return [
    table('Placement', [{ head: 'Execution provider', kind: 'name' }, { head: 'Nodes', kind: 'number' }, { head: 'Share of node time', kind: 'number' }],
      placement.providers.map(({ provider, nodes, timeShare }) => [provider, NUMBER_FORMAT.count(nodes), NUMBER_FORMAT.share(timeShare)])),
    placement.strayOperators.length === 0 ? h('p', { class: 'note' }, 'No operator ran elsewhere than asked.') : h('ul', {}, placement.strayOperators.map(({ operator, provider, nodes }) => h('li', {}, `${operator} × ${NUMBER_FORMAT.count(nodes)} on ${provider}`))),
    h('p', { class: 'note' }, `Method: ${placement.method}`),
  ];
}

export function parityFacts({ parity }: Pick<CaseResult, 'parity'>): Child {
  if (parity === null) return h('p', {}, absent('outputs were not compared'));
  const error = (value: number): string => (value === 0 ? '0' : value.toExponential(2));
  return facts([
    ['Outcome', parity.passed ? h('span', { class: 'pass' }, '✓ within the bound') : h('span', { class: 'fail' }, '✕ outside the bound')], ['Bound', parity.bound], ['Reference', name(parity.reference)], ['Input samples', NUMBER_FORMAT.count(parity.samples)],
    ['Greatest error', error(parity.maxAbsError)], ['Greatest error, relative', error(parity.maxRelError)], ['Cosine', parity.cosine.toFixed(6)], ['Top-1 agreement', parity.top1Agreement === undefined ? absent('the outputs are not scores') : NUMBER_FORMAT.share(parity.top1Agreement)],
  ]);
}

/** Label and text of each quantity; absent where the device does not tell it. */
const CONDITIONS: readonly (readonly [string, (conditions: ConditionSummary) => string | null])[] = [
  ['Temperature at the start', (c) => degrees(c.temperatureStartC)], ['Highest temperature', (c) => degrees(c.temperatureMaxC)], ['Lowest clock of the fastest core', (c) => share(c.frequencyRatioMin)],
  ['Throttling events', (c) => (c.throttleEvents === undefined ? null : NUMBER_FORMAT.count(c.throttleEvents))], ['Steal, mean', (c) => share(c.stealMean)], ['CPU pressure, highest', (c) => share(c.cpuPressureMax)],
  ['Load, highest', (c) => (c.load1Max === undefined ? null : NUMBER_FORMAT.plain(c.load1Max, 2))], ['Free memory, lowest', (c) => (c.memAvailableMinMiB === undefined ? null : NUMBER_FORMAT.withUnit(NUMBER_FORMAT.count(c.memAvailableMinMiB), 'MiB'))],
];

function degrees(value: number | undefined): string | null {
  return value === undefined ? null : NUMBER_FORMAT.withUnit(value.toFixed(1), '°C');
}

function share(value: number | undefined): string | null {
  return value === undefined ? null : NUMBER_FORMAT.share(value);
}

/** What the device went through while the case ran. */
export function conditionFacts({ conditions }: Pick<CaseResult, 'conditions'>): Child {
  if (conditions === null || conditions.samples === 0) return h('p', {}, absent('no conditions were sampled'));
  const pairs = CONDITIONS.flatMap(([term, text]): readonly (readonly [string, Child])[] => {
    const value = text(conditions);
    return value === null ? [] : [[term, value]];
  });
  return [facts([['Samples', NUMBER_FORMAT.count(conditions.samples)], ...pairs]), conditions.absent.length === 0 ? null : h('p', { class: 'note' }, `Not told by this device: ${conditions.absent.join(', ')}.`)];
}

/** What produced the numbers. */
export function provenanceFacts({ provenance }: Pick<CaseResult, 'provenance'>): Child {
  if (provenance === null) return h('p', {}, absent('nothing was run'));
  const code = (text: string): HTMLElement => h('code', {}, text);
  return facts([
    ['Model file', name(provenance.modelSource)], ['Model sha256', code(provenance.modelSha256)], ['Model bytes', NUMBER_FORMAT.count(provenance.modelBytes)], ['Precision', provenance.precision], ['Inputs sha256', code(provenance.inputsSha256)], ['Runtime', provenance.runtimeVersion],
    ['Harness', provenance.harness], ['Harness sha256', code(provenance.harnessSha256)], ['Options', code(provenance.options)], ['Device', name(provenance.deviceModel)], ['System', name(provenance.os)], ['Clock', provenance.clockRegime], ['Paddock', provenance.paddock],
  ]);
}
