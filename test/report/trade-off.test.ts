import { expect, test } from 'vitest';
import { caseKey, type Case } from '../../src/domain/case.ts';
import { METRICS, type MetricName } from '../../src/domain/metric.ts';
import type { CaseResult, Comparison } from '../../src/domain/result.ts';
import type { LineageFacts, ModelFacts, RunReport, ShipRule } from '../../src/domain/run-report.ts';
import { tradeOffSchema } from '../../src/domain/trade-off.ts';
import { lineageWords } from '../../src/report/trade-off/lineage-words.ts';
import { tradeOffs, type TradeOff } from '../../src/report/trade-off/trade-offs.ts';
import { HOSTILE } from '../fixtures/report/hostile.ts';
import { sampleReport } from '../fixtures/report/sample.ts';
import { reportText } from '../fixtures/report/text-buffer.ts';

type Numbers = Partial<Record<MetricName, readonly [value: number, low?: number, high?: number]>>;

function lineage(recipe: string, bytes: number): LineageFacts {
  return {
    recipe, parameters: '{}', expectation: '', bytes, parentBytes: 10 * 2 ** 20, bytesByType: { int8: bytes }, sparsity: recipe === 'prune' ? 0.3 : 0, parentSparsity: 0, converted: { Conv: 30 },
    kept: [{ op: 'Conv', count: 3, reason: 'it moves the outputs too far' }], notes: [], calibration: null,
  };
}

const VARIANTS = ['fp32', 'fp16', 'int8', 'prune'];
const model = (task = 'text recognition'): ModelFacts => ({
  id: 'rec', task, description: null, weights: 'trained', reference: 'fp32',
  variants: VARIANTS.map((id) => ({ id, from: id === 'fp32' ? null : 'fp32', precision: 'fp32', lineage: id === 'fp32' ? null : lineage(id, id === 'prune' ? 10 * 2 ** 20 : 3 * 2 ** 20) })),
});

function result(variant: string, numbers: Numbers, more: Partial<CaseResult> = {}): CaseResult {
  const c: Case = { model: 'rec', variant, runtime: 'onnxruntime', delegate: 'cpu', workload: 'stream', scenario: 'single-stream', device: 'board', options: { threads: 1, batch: 1 } };
  const metrics = Object.fromEntries(Object.entries(numbers).map(([name, [value, low = value * 0.99, high = value * 1.01]]) => [name, { value, low, high, n: 6, unit: METRICS[name as MetricName].unit, method: 'm' }]));
  return {
    key: caseKey(c), case: c, unit: 'board', verdict: { status: 'ok', reasons: [] }, warnings: [], metrics, absent: { energy_per_inference: 'no power sensor' }, placement: null, parity: null, conditions: null, provenance: null, launches: [], repro: '',
    quality: {
      data: { name: 'lines', task: 'text recognition', split: 'test', licence: 'OFL-1.1', origin: 'rendered', how: 'drawn', sha256: 'a'.repeat(64), items: 400, allItems: 400 },
      protocolSha256: 'b'.repeat(64), primary: 'quality_exact_match', maxLoss: 5, against: [], misses: [{ id: '7', answer: 'heIlo', label: 'hello' }],
    },
    ...more,
  };
}

function comparison(head: CaseResult, outcome: Comparison['outcome'], ratio: number | null): Comparison {
  return { base: 'x', head: head.key, metric: 'latency_p50', outcome, ratio, low: ratio === null ? null : ratio * 0.98, high: ratio === null ? null : ratio * 1.02, n: 6, materiality: 0.03, method: 'm', reason: 'r' };
}

function report(results: readonly CaseResult[], rule: ShipRule | null, comparisons: readonly Comparison[] = [], facts: ModelFacts = model()): RunReport {
  return { ...sampleReport(), resultCount: results.length, models: [facts], shipRule: rule, comparisons, results: () => results, traces: () => [] };
}

function rule(...constraints: readonly string[]): ShipRule {
  const read = tradeOffSchema.parse({ constraints });
  return { constraints: read.constraints, objective: read.objective ?? null };
}

function only(groups: readonly TradeOff[]): TradeOff {
  const [group] = groups;
  if (group === undefined || groups.length > 1) throw new Error(`${groups.length} groups`);
  return group;
}

const fp32 = result('fp32', { latency_p50: [30], latency_p90: [32], peak_memory: [60], model_size: [10], quality_exact_match: [84, 80, 88], quality_loss: [0, 0, 0] });
const fp16 = result('fp16', { latency_p50: [30.1], latency_p90: [32], peak_memory: [70], model_size: [5], quality_exact_match: [84, 80, 88], quality_loss: [0.1, -0.5, 0.7] });
const int8 = result('int8', { latency_p50: [20], latency_p90: [22], peak_memory: [40], model_size: [3], quality_exact_match: [83, 79, 87], quality_loss: [1.2, 0.2, 2.4] });
const prune = result('prune', { latency_p50: [15], latency_p90: [16], peak_memory: [60], model_size: [10], quality_exact_match: [0, 0, 1], quality_loss: [100, 99, 100] }, { verdict: { status: 'invalid', reasons: [{ code: 'quality-loss', message: 'its speed is not ranked: it loses 100.0 %' }] } });
const ALL = [fp32, fp16, int8, prune];

test('the fastest that keeps the bounds is recommended; the others say why they lost', () => {
  const group = only(tradeOffs(report(ALL, rule('quality_loss <= 2 %', 'peak_memory <= 100 MiB', 'latency_p90 <= 40 ms'), [comparison(int8, 'improved', 1 / 1.5)])));
  expect(group.recommended?.result.case.variant).toBe('int8');
  expect(group.advice).toContain('Ship int8 with onnxruntime on cpu, 1 thread, on board');
  expect(group.advice).toContain('1.50 times as fast as fp32');
  // The loss's interval reaches beyond the bound, and the sentence says so.
  expect(group.advice).toContain('In doubt: quality loss');
  expect(group.candidates.map(({ standing }) => standing)).toEqual(['lost', 'lost', 'recommended', 'blocked']);
  expect(group.candidates[0]?.why).toMatch(/worse by the objective: latency p50/);
  expect(group.candidates[3]?.why).toContain('it loses 100.0 %');
});

test('what is not distinguishable by the objective is told so, and the smaller is taken', () => {
  const group = only(tradeOffs(report([fp32, fp16], rule('quality_loss <= 2 %'))));
  expect(group.recommended?.result.case.variant).toBe('fp16');
  expect(group.advice).toContain('2 candidates that keep quality loss ≤');
  expect(group.candidates[0]?.why).toMatch(/^not distinguishable by the objective .*its file is larger/);
});

test('a variant whose quality nobody knows is not recommended over those whose quality was measured', () => {
  const unknown = result('int8', { latency_p50: [10], model_size: [3] }, { quality: null, absent: { quality_loss: '100 of 400 items were answered' } });
  const group = only(tradeOffs(report([fp32, unknown], rule())));
  expect(group.recommended?.result.case.variant).toBe('fp32');
  expect(group.candidates[1]).toMatchObject({ standing: 'lost', why: expect.stringContaining('its quality is not known: no quality loss (100 of 400 items were answered)') });
  const unchecked = result('fp32', { latency_p50: [30] }, { quality: null, warnings: [{ code: 'quality-unchecked', message: 'm' }] });
  expect(only(tradeOffs(report([unchecked, unknown], rule()))).advice).toContain('2 give numbers that count, and the quality of none of these is known');
});

test('why a level candidate lost is what the order was decided by', () => {
  const surely = result('int8', { latency_p50: [30], model_size: [3], quality_loss: [1.2, 0.2, 2.4] });
  const doubtful = result('fp16', { latency_p50: [30], model_size: [5], quality_loss: [1, -0.5, 2.5] });
  const both = only(tradeOffs(report([surely, doubtful], rule('quality_loss <= 2 %'))));
  // As many doubts on both sides decide nothing.
  expect(both.candidates[0]?.why).toMatch(/; it surely loses quality: 1\.2/);
  expect(both.advice).toContain('those that don’t surely lose quality, then the smallest file');
});

test('an objective that was measured for none is told apart from bounds that none keeps', () => {
  const group = only(tradeOffs(report([fp32, fp16], { ...rule('peak_memory <= 100 MiB'), objective: 'energy_per_inference' })));
  expect(group.advice).toBe('Nothing can be recommended on board: the objective, energy per inference, was measured for none of the 2 candidates that keep peak memory ≤ 100\u202fMiB.');
});

test('a recommendation without intervals says that it is not sure', () => {
  const single = (each: CaseResult): CaseResult => ({ ...each, metrics: { ...each.metrics, latency_p50: { value: each.metrics['latency_p50']?.value ?? 0, low: null, high: null, n: 1, unit: 'ms', method: 'm' } } });
  expect(only(tradeOffs(report([fp32, int8].map(single), rule()))).advice).toContain('This is not sure: latency p50 has no interval over launches');
  expect(only(tradeOffs(report([fp32, int8], rule()))).advice).not.toContain('not sure');
});

test('quality that has seen the test, or says nothing, is withheld as speed is', async () => {
  const leaked: CaseResult = { ...prune, metrics: { ...prune.metrics, quality_exact_match: { value: 91.5, low: 91.4, high: 91.6, n: 400, unit: '%', method: 'm' } }, verdict: { status: 'invalid', reasons: [{ code: 'calibrated-on-test', message: 'it has seen the test' }] } };
  const sample = report([fp32, leaked], rule());
  expect(only(tradeOffs(sample)).candidates[1]?.ratios).toEqual({ model_size: 1 });
  expect(await reportText(sample, 'md')).not.toContain('91.5');
  expect((await reportText(sample, 'html')).includes('<span class="untrusted">91.5')).toBe(true);
  // A loss is why a variant is blocked: it is told.
  expect(await reportText(report([fp32, prune], rule()), 'md')).toMatch(/\*\*prune\*\*.*\| blocked \| 0/);
});

test('the choice is made over all candidates; what is not shown is counted', async () => {
  const many = Array.from({ length: 205 }, (_, i) => result(`v${i}`, { latency_p50: [i === 204 ? 5 : 30], quality_loss: [0, 0, 0] }));
  const sample = report(many, rule());
  expect(only(tradeOffs(sample)).recommended?.result.case.variant).toBe('v204');
  const html = await reportText(sample, 'html');
  expect(html).toContain('4 more candidates are left out here');
  expect(html).toContain('<b>v204</b>');
});

test('servers whose rate was searched for are chosen by that rate, as they are compared', () => {
  const server = (variant: string, sps: number, p99: number): CaseResult => {
    const each = result(variant, { sps: [sps], latency_p99: [p99], quality_loss: [0, 0, 0] });
    const { provenance } = [...sampleReport().results()].find((one) => one.provenance !== null) ?? each;
    if (provenance === null) throw new Error('the sample has no provenance');
    return { ...each, case: { ...each.case, scenario: 'server', workload: 'server' }, provenance: { ...provenance, options: JSON.stringify({ workload: { ratePerS: 'search', latencyBoundMs: 50 } }) } };
  };
  const group = only(tradeOffs(report([server('fp32', 20, 40), server('int8', 60, 49)], rule())));
  expect(group).toMatchObject({ headline: 'sps', objective: 'sps' });
  expect(group.recommended?.result.case.variant).toBe('int8');
});

test('a bound that is broken, or on what was not measured, takes a candidate out; nothing is recommended when none is left', () => {
  const strict = only(tradeOffs(report(ALL, rule('quality_loss <= 1 %', 'latency_p90 <= 25 ms'))));
  expect(strict.recommended).toBeNull();
  expect(strict.advice).toContain('Nothing can be recommended on board: of 4 candidates 3 give numbers that count, and none keeps');
  expect(strict.candidates[2]?.why).toMatch(/quality loss 1\.2.*breaks the bound quality loss ≤ 1.*though the interval reaches inside/);
  const energy = only(tradeOffs(report(ALL, rule('energy_per_inference <= 5 mJ'))));
  expect(energy.candidates[0]?.why).toBe('its energy per inference is not known (no power sensor)');
});

test('without a rule in the suite there is a table and no advice; one variant alone is no trade-off', () => {
  const group = only(tradeOffs(report(ALL, null)));
  expect(group.advice).toBeNull();
  expect(group.candidates.map(({ standing }) => standing)).toEqual(['candidate', 'candidate', 'candidate', 'blocked']);
  expect(tradeOffs(report([fp32], rule()))).toEqual([]);
  expect(tradeOffs(sampleReport())).toEqual([]);
});

test('ratios are to the parent; a blocked variant\'s speed gives none', () => {
  const group = only(tradeOffs(report(ALL, null)));
  expect(group.candidates[2]?.ratios['latency_p50']).toBeCloseTo(2 / 3, 9);
  expect(group.candidates[3]?.ratios).toEqual({ model_size: 1, quality_exact_match: 0 });
});

test('a smaller file is not said to be faster where it was not', () => {
  const words = (head: CaseResult, outcome: Comparison['outcome'], ratio: number | null): string => {
    const candidate = only(tradeOffs(report(ALL, null, [comparison(head, outcome, ratio)]))).candidates.find(({ result: each }) => each === head || each.key === head.key);
    const facts = model().variants.find(({ id }) => id === head.case.variant)?.lineage;
    if (candidate === undefined || facts === null || facts === undefined) throw new Error('no candidate');
    return lineageWords(facts, candidate.speed, candidate.result);
  };
  expect(words(fp16, 'equivalent', 1.001)).toMatch(/^70.% smaller than its parent; on cpu that saves space and no time: neither faster nor slower than fp32/);
  expect(words(int8, 'improved', 0.66)).toMatch(/^70.% smaller than its parent, and faster on cpu: 1\.52 times as fast as fp32 \(/);
  expect(words(prune, 'incomparable', null)).toMatch(/^About as large as its parent, 30.% of its weights are zero; its speed is not told: its speed is not ranked: it loses/);
});

test('every format has the recommendation, and hostile names stay text', async () => {
  const sample = report(ALL, rule('quality_loss <= 2 %'), [], model(HOSTILE));
  const json = JSON.parse(await reportText(sample, 'json')) as { models: ModelFacts[]; tradeOffs: { recommended: string; advice: string; candidates: { why: string }[] }[] };
  expect(json.tradeOffs[0]).toMatchObject({ recommended: int8.key, advice: expect.stringContaining('Ship int8') });
  expect(json.models[0]?.task).toBe(HOSTILE);
  const csv = await reportText(sample, 'csv');
  expect(csv).toMatch(/quality_exact_match,quality_exact_match_low/);
  expect(csv).toMatch(/standing,why_not\r\n/);
  const markdown = await reportText(sample, 'md');
  expect(markdown).toContain('### What to ship: rec on board');
  expect(Buffer.byteLength(markdown)).toBeLessThan(60_000);
  const html = await reportText(sample, 'html');
  expect(html).toContain('What the recipes did');
  expect(html).toContain('Pareto front');
  for (const text of [html, markdown]) expect(text).not.toContain('<img src=x onerror');
});

test.each([
  ['quality_loss <= 1 %', null], ['latency_p90 ≤ 30 ms', null], ['sps >= 20', null], ['latency <= 3', /no metric has the name "latency"/], ['peak_memory <= 200 MB', /told in MiB, not in MB/], ['quality_loss < 1', /is no constraint; write one as in/],
])('a constraint in words: %s', (text, fault) => {
  const read = tradeOffSchema.safeParse({ constraints: [text] });
  expect(read.error?.issues[0]?.message ?? null).toEqual(fault === null ? null : expect.stringMatching(fault));
});
