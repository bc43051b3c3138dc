import { expect, test } from 'vitest';
import type { CaseResult, Comparison } from '../../src/domain/result.ts';
import { judgeAdaptation, type SidePair } from '../../src/history/adaptation.ts';
import { EXAMPLE_DEVICE, examplePlan, exampleResult } from '../store/example.ts';

const [PLANNED] = examplePlan(1);
if (PLANNED === undefined) throw new Error('no case');
const base: CaseResult = { ...exampleResult(PLANNED), case: { ...PLANNED.case, delegate: 'nnapi' } };
const DEVICES = { base: [EXAMPLE_DEVICE], head: [{ ...EXAMPLE_DEVICE, os: 'Debian 13' }] };
const judge = (head: CaseResult, comparisons: readonly Comparison[] = [], pairs: readonly SidePair[] = [{ base, head }]) => judgeAdaptation(pairs, comparisons, DEVICES);

const withStrays = (nodes: number): CaseResult => ({ ...base, placement: { method: 'profile', providers: [], strayOperators: nodes === 0 ? [] : [{ operator: 'Softmax', provider: 'CPUExecutionProvider', nodes }] } });

test('operators that left the accelerator fail the check, and are told before the speed that they cost', () => {
  const slower: Comparison = { base: base.key, head: base.key, metric: 'latency_p50', outcome: 'regressed', ratio: 1.3, low: 1.25, high: 1.35, n: 8, materiality: 0.03, method: '', reason: 'worse by more than 3.0 %' };
  const { verdict, findings } = judge(withStrays(3), [slower]);
  expect(verdict).toBe('failed');
  expect(findings.map(({ kind, effect }) => [kind, effect])).toEqual([['placement', 'worse'], ['speed', 'worse']]);
  expect(findings[0]?.text).toBe('3 nodes of Softmax on CPUExecutionProvider left nnapi (0 before, 3 now)');
  expect(judgeAdaptation([{ base: withStrays(3), head: withStrays(0) }], [], DEVICES)).toMatchObject({ verdict: 'passed', findings: [{ kind: 'placement', effect: 'better' }] });
});

test('outputs: a match that is lost fails; growth inside the bound is a note', () => {
  const parity = (change: Partial<NonNullable<CaseResult['parity']>>): CaseResult => ({ ...base, parity: base.parity === null ? null : { ...base.parity, ...change } });
  expect(judge(parity({ passed: false, maxRelError: 0.5 }))).toMatchObject({ verdict: 'failed', findings: [{ kind: 'parity', effect: 'worse' }] });
  expect(judge(parity({ maxRelError: 1e-3 }))).toMatchObject({ verdict: 'passed', findings: [{ kind: 'parity', effect: 'note' }] });
  expect(judge(parity({ maxRelError: 1e-8 })).findings).toEqual([]);
});

test('quality is worse only where the intervals lie apart, in the metric\'s own direction', () => {
  const at = (value: number, half: number): CaseResult => ({ ...base, metrics: { quality_cer: { value, low: value - half, high: value + half, n: 100, unit: '%', method: 'm' } } });
  expect(judgeAdaptation([{ base: at(5, 1), head: at(9, 1) }], [], DEVICES)).toMatchObject({ verdict: 'failed', findings: [{ kind: 'quality', effect: 'worse' }] });
  expect(judgeAdaptation([{ base: at(5, 1), head: at(6, 1) }], [], DEVICES)).toMatchObject({ verdict: 'passed', findings: [{ kind: 'quality', effect: 'note' }] });
  expect(judgeAdaptation([{ base: at(9, 1), head: at(5, 1) }], [], DEVICES).findings).toMatchObject([{ effect: 'better' }]);
});

test('a case that no longer runs fails; nothing that ran on either side is not a pass', () => {
  const failed: CaseResult = { ...base, verdict: { status: 'failed', reasons: [{ code: 'crash', message: 'it fell' }] } };
  expect(judge(failed)).toMatchObject({ verdict: 'failed', findings: [{ kind: 'verdict', effect: 'worse', text: 'ok before, failed now: it fell' }] });
  expect(judgeAdaptation([{ base: failed, head: failed }], [], DEVICES).verdict).toBe('nothing-compared');
  expect(judge(base, [], []).verdict).toBe('nothing-compared');
});

test('a case that only the base has is worse; speeds that are all open are no pass', () => {
  expect(judgeAdaptation([{ base, head: base }], [], DEVICES, [{ ...base, key: 'gone' }])).toMatchObject({ verdict: 'failed', findings: [{ kind: 'verdict', effect: 'worse', key: 'gone', text: 'ok before, not there now' }] });
  const speed = (outcome: Comparison['outcome']): Comparison => ({ base: base.key, head: base.key, metric: 'latency_p50', outcome, ratio: 1.2, low: 0.9, high: 1.6, n: 3, materiality: 0.03, method: '', reason: 'too noisy' });
  expect(judge(base, [speed('noisy'), speed('noisy')]).verdict).toBe('undecided');
  expect(judge(base, [speed('noisy'), speed('equivalent')]).verdict).toBe('passed');
});

test('what differs between the sides is told', () => {
  const head = base.provenance === null ? base : { ...base, provenance: { ...base.provenance, os: 'Debian 13', runtimeVersion: '1.31' } };
  expect(judge(head)).toMatchObject({ verdict: 'passed', changes: [{ field: 'runtime', to: '1.31' }, { field: 'os', from: 'Debian 12', to: 'Debian 13' }] });
});
