import { THERMAL_STATUSES, type ConditionSummary } from '../../domain/condition.ts';
import type { CaseResult } from '../../domain/result.ts';
import { escapeHtml } from '../escape-html.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { dataTable, type TableCell } from './data-table.ts';
import { absence, definitions } from './words.ts';

/** Which nodes ran on which execution provider, and which operators strayed. */
export function placementFacts({ placement }: CaseResult): string {
  if (placement === null) return `<p>${absence('placement was not checked')}</p>`;
  const rows = placement.providers.map((provider): readonly TableCell[] => [provider.provider, { number: NUMBER_FORMAT.count(provider.nodes) }, { number: NUMBER_FORMAT.share(provider.timeShare) }, { number: NUMBER_FORMAT.withUnit(NUMBER_FORMAT.plain(provider.timeNs / 1e6, 3), 'ms') }]);
  const strays = placement.strayOperators.map((stray) => `<li>${escapeHtml(stray.operator)} × ${NUMBER_FORMAT.count(stray.nodes)} on ${escapeHtml(stray.provider)}</li>`).join('');
  return `${dataTable('Placement', ['Execution provider', 'Nodes', 'Share of node time', 'Node time'], rows)}${strays === '' ? '<p class="note">No operator ran elsewhere than asked.</p>' : `<p class="note">Operators that ran elsewhere than asked:</p><ul>${strays}</ul>`}<p class="note">Method: ${escapeHtml(placement.method)}</p>`;
}

/** Outputs against the reference's. */
export function parityFacts({ parity }: CaseResult): string {
  if (parity === null) return `<p>${absence('outputs were not compared')}</p>`;
  return definitions([
    ['Outcome', parity.passed ? '<span class="pass">✓ within the bound</span>' : '<span class="fail">✕ outside the bound</span>'], ['Bound', escapeHtml(parity.bound)], ['Reference', escapeHtml(parity.reference)], ['Input samples', NUMBER_FORMAT.count(parity.samples)],
    ['Greatest error', escapeHtml(error(parity.maxAbsError))], ['Greatest error, relative', escapeHtml(error(parity.maxRelError))], ['Cosine', escapeHtml(parity.cosine.toFixed(6))],
    ['Top-1 agreement', parity.top1Agreement === undefined ? absence('the outputs are not scores') : escapeHtml(NUMBER_FORMAT.share(parity.top1Agreement))],
  ]);
}

function error(value: number): string {
  return value === 0 ? '0' : value.toExponential(2);
}

/** What the device went through while the case ran. */
export function conditionFacts({ conditions }: CaseResult): string {
  if (conditions === null || conditions.samples === 0) return `<p>${absence('no conditions were sampled')}</p>`;
  const absent = conditions.absent.length === 0 ? '' : `<p class="note">Not told by this device: ${escapeHtml(conditions.absent.join(', '))}.</p>`;
  const pairs = CONDITION_FACTS.flatMap(([term, text]): readonly (readonly [string, string])[] => {
    const value = text(conditions);
    return value === null ? [] : [[term, escapeHtml(value)]];
  });
  return definitions([['Samples', NUMBER_FORMAT.count(conditions.samples)], ...pairs]) + absent;
}

/** Label and text of each quantity; null where the device does not tell it. */
const CONDITION_FACTS: readonly (readonly [string, (conditions: ConditionSummary) => string | null])[] = [
  ['Temperature at the start', (c) => degrees(c.temperatureStartC)],
  ['Highest temperature', (c) => degrees(c.temperatureMaxC)],
  ['Highest temperature of the case', (c) => degrees(c.skinTemperatureMaxC)],
  ['Highest thermal status', (c) => (c.thermalStatusMax === undefined ? null : (THERMAL_STATUSES[c.thermalStatusMax] ?? null))],
  ['Most cooling steps', (c) => (c.coolingStepsMax === undefined ? null : NUMBER_FORMAT.count(c.coolingStepsMax))],
  ['Lowest limit of a clock', (c) => share(c.frequencyCeilingMin)],
  ['Lowest clock of the fastest core', (c) => share(c.frequencyRatioMin)],
  ['Throttling events', (c) => (c.throttleEvents === undefined ? null : NUMBER_FORMAT.count(c.throttleEvents))],
  ['Steal, mean', (c) => share(c.stealMean)],
  ['Steal, highest', (c) => share(c.stealMax)],
  ['CPU pressure, highest', (c) => share(c.cpuPressureMax)],
  ['Load, highest', (c) => (c.load1Max === undefined ? null : NUMBER_FORMAT.plain(c.load1Max, 2))],
  ['Battery, lowest', (c) => (c.batteryPercentMin === undefined ? null : share(c.batteryPercentMin / 100))],
  ['Battery, highest temperature', (c) => degrees(c.batteryTemperatureMaxC)],
  ['Battery took a charge', (c) => (c.charged === undefined ? null : c.charged ? 'yes' : 'no')],
  ['Battery saver was on', (c) => (c.powerSaved === undefined ? null : c.powerSaved ? 'yes' : 'no')],
  ['Free memory, lowest', (c) => (c.memAvailableMinMiB === undefined ? null : NUMBER_FORMAT.withUnit(NUMBER_FORMAT.count(c.memAvailableMinMiB), 'MiB'))],
];

function degrees(value: number | undefined): string | null {
  return value === undefined ? null : NUMBER_FORMAT.withUnit(value.toFixed(1), '°C');
}

function share(value: number | undefined): string | null {
  return value === undefined ? null : NUMBER_FORMAT.share(value);
}

/** What produced the numbers. */
export function provenanceFacts({ provenance }: CaseResult): string {
  if (provenance === null) return `<p>${absence('nothing was run')}</p>`;
  const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;
  return definitions([
    ['Model file', escapeHtml(provenance.modelSource)], ['Model sha256', code(provenance.modelSha256)], ['Model bytes', NUMBER_FORMAT.count(provenance.modelBytes)], ['Precision', escapeHtml(provenance.precision)], ['Inputs sha256', code(provenance.inputsSha256)],
    ['Runtime', escapeHtml(provenance.runtimeVersion)], ['Harness', escapeHtml(provenance.harness)], ['Harness sha256', code(provenance.harnessSha256)], ['Options', code(provenance.options)],
    ['Device', escapeHtml(provenance.deviceModel)], ['System', escapeHtml(provenance.os)], ...(provenance.gpuDriver === undefined ? [] : [['GPU driver', escapeHtml(provenance.gpuDriver)] as const]), ['Clock', escapeHtml(provenance.clockRegime)], ['Paddock', escapeHtml(provenance.paddock)],
    ...(provenance.threads === undefined ? [] : [['Threads counted', NUMBER_FORMAT.count(provenance.threads)] as const]), ...(provenance.clockResolutionNs === undefined ? [] : [['Steps of the timing clock', NUMBER_FORMAT.withUnit(NUMBER_FORMAT.plain(provenance.clockResolutionNs, 3), 'ns')] as const]),
  ]);
}
