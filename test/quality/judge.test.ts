import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import type { QualityItem } from '../../src/domain/quality-record.ts';
import { qualitySchema } from '../../src/domain/quality.ts';
import { qualityResultSchema, type DatasetFacts } from '../../src/domain/quality-result.ts';
import { modelSchema, type ModelSpec } from '../../src/domain/suite.ts';
import { judgeQuality, type ModelQuality, type QualityOutcome, type QualitySubject } from '../../src/quality/judge.ts';

const DATA: DatasetFacts = { name: 'd', task: 't', split: 'test', licence: 'CC0-1.0', origin: 'collected', how: 'h', sha256: 'a'.repeat(64), items: 400, allItems: 400 };

function model(more: object = {}): ModelSpec {
  return modelSchema.parse({ id: 'm', variants: [{ id: 'fp32', file: 'a' }, { id: 'int8', from: 'fp32', recipe: { id: 'int8-static' } }, { id: 'small', from: 'int8', recipe: { id: 'prune' } }], ...more });
}

/** Answers that are right with a share, by a seed: two with the same seed and share are the same. */
function items(right: number, seed: string, more: (i: number) => Partial<QualityItem> = () => ({}), count = 400): QualityItem[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const hit = random() < right;
    return { id: String(i), scores: { exact_match: [hit ? 1 : 0] }, inputs: [`in${i}`], outputs: `${seed}${i}`, answer: `${seed}${i}`, seen: false, miss: hit ? null : { answer: 'x', label: 'y' }, ...more(i) };
  });
}

function subject(variant: string, given: readonly QualityItem[], more: Partial<QualitySubject> = {}): QualitySubject {
  const delegate = more.delegate ?? 'cpu';
  const device = more.device ?? 'board';
  return { subject: `m/${variant}/ort/${delegate}/${device}?threads=1`, variant, runtime: 'ort', delegate, delegateKind: delegate === 'cpu' ? 'cpu' : 'npu', device, threads: 1, verdict: { status: 'ok', reasons: [] }, warnings: [], items: given, absent: null, ...more };
}

function judge(subjects: readonly QualitySubject[], more: Partial<ModelQuality> & { readonly maxLoss?: string } = {}): (variant: string, delegate?: string) => QualityOutcome {
  const { maxLoss, ...rest } = more;
  const spec = qualitySchema.parse({ data: 'd', inputs: {}, metrics: 'exact_match', ...(maxLoss === undefined ? {} : { maxLoss }) });
  const outcomes = judgeQuality({ model: model(), spec, data: DATA, protocolSha256: 'p', subjects, ...rest });
  return (variant, delegate = 'cpu') => {
    const found = [...outcomes].find(([id]) => id.startsWith(`m/${variant}/ort/${delegate}/`));
    if (found === undefined) throw new Error(`no outcome of ${variant}`);
    return found[1];
  };
}

const fp32 = items(0.84, 'fp32');
/** The same answers, so many of the right ones spoilt. */
const spoilt = (count: number): QualityItem[] => {
  let left = count;
  return fp32.map((item) => (item.miss === null && left-- > 0 ? { ...item, scores: { exact_match: [0] }, outputs: `${item.outputs}!`, answer: `${item.answer}!`, miss: { answer: 'x', label: 'y' } } : item));
};

test('figures with intervals over items; the reference loses nothing, a copy of it nothing either', () => {
  const of = judge([subject('fp32', fp32), subject('int8', fp32)]);
  const figure = of('fp32').metrics.quality_exact_match;
  expect(figure).toMatchObject({ n: 400, unit: '%', method: expect.stringContaining('BCa bootstrap over items') });
  expect(figure?.low).toBeLessThan(figure?.value ?? 0);
  expect((figure?.high ?? 0) - (figure?.low ?? 0)).toBeGreaterThan(5);
  expect(of('fp32').metrics.quality_loss).toMatchObject({ value: 0, low: 0, high: 0, method: 'it is the reference itself' });
  expect(of('int8').metrics.quality_loss).toMatchObject({ value: 0, low: 0, high: 0 });
  expect(of('int8').result?.against).toMatchObject([{ role: 'reference', base: 'm/fp32/ort/cpu/board?threads=1', outcome: 'equal', p: 1, n: 400 }]);
  expect(of('int8').verdict.status).toBe('ok');
});

test('a loss over the suite\'s bound takes the verdict away; one that may be over it is told', () => {
  const bad = judge([subject('fp32', fp32), subject('int8', spoilt(34))], { maxLoss: '5 %' })('int8');
  expect(bad.verdict).toMatchObject({ status: 'invalid', reasons: [{ code: 'quality-loss', message: expect.stringMatching(/^its speed is not ranked: it loses \d+\.\d % \(95 %: .*and the suite allows 5 %$/) }] });
  expect(bad.result?.against[0]).toMatchObject({ outcome: 'worse', method: expect.stringMatching(/^McNemar exact, 0 and \d+ items$/) });
  const unsure = judge([subject('fp32', fp32), subject('int8', spoilt(14))], { maxLoss: '5 %' })('int8');
  expect(unsure.verdict.status).toBe('ok');
  expect(unsure.warnings).toMatchObject([{ code: 'quality-loss-unsure' }]);
  expect(judge([subject('fp32', fp32), subject('int8', spoilt(34))])('int8').verdict.status).toBe('ok');
});

test('another delegate is held against the CPU: a fast one with wrong answers is seen', () => {
  const of = judge([subject('fp32', fp32), subject('fp32', spoilt(170), { delegate: 'npu' }), subject('int8', spoilt(170), { delegate: 'npu' })], { maxLoss: '2 %' });
  expect(of('fp32', 'npu').verdict.reasons[0]?.code).toBe('quality-loss');
  expect(of('int8', 'npu').result?.against[0]?.base).toBe('m/fp32/ort/cpu/board?threads=1');
  expect(of('int8', 'npu').verdict.status).toBe('invalid');
});

test('a variant that beats its parent beyond chance is suspect, unless it was trained further', () => {
  const better = fp32.map((item, i) => (item.miss !== null && i % 2 === 0 ? { ...item, scores: { exact_match: [1] }, miss: null } : item));
  const subjects = [subject('fp32', fp32), subject('int8', better)];
  expect(judge(subjects)('int8').verdict).toMatchObject({ status: 'invalid', reasons: [{ code: 'beats-parent', message: expect.stringContaining('look for a leak of test data') }] });
  const retrained = model({ variants: [{ id: 'fp32', file: 'a' }, { id: 'int8', from: 'fp32', recipe: { id: 'int8-static' }, retrained: true }] });
  expect(judge(subjects, { model: retrained })('int8').verdict.status).toBe('ok');
  const byChance = fp32.map((item, i) => (i === fp32.findIndex(({ miss }) => miss !== null) ? { ...item, scores: { exact_match: [1] }, miss: null } : item));
  expect(judge([subject('fp32', fp32), subject('int8', byChance)])('int8').verdict.status).toBe('ok');
});

test('equally good variants are called better or worse no more often than the level allows', () => {
  let called = 0;
  for (let trial = 0; trial < 30; trial++) {
    const swap = (side: string): QualityItem[] => items(0.84, `${side}${trial}`, () => ({}), 100);
    const outcome = judge([subject('fp32', swap('a')), subject('int8', swap('b'))])('int8');
    if (outcome.result?.against[0]?.outcome !== 'undecided') called++;
  }
  expect(called).toBeLessThanOrEqual(5);
});

test('outputs or answers that do not change with the input', () => {
  const stuck = items(0.1, 'x', () => ({ outputs: 'same', answer: 'same' }));
  expect(judge([subject('fp32', fp32), subject('int8', stuck)])('int8').verdict.reasons).toMatchObject([{ code: 'constant-output', message: 'the outputs are the same for all 400 different inputs' }]);
  const blank = items(0.1, 'x', () => ({ answer: 'same' }));
  expect(judge([subject('fp32', fp32), subject('int8', blank)])('int8').verdict.reasons).toMatchObject([{ message: 'the answer is the same for all 400 items ("x")' }]);
  // One and the same input may have one output.
  expect(judge([subject('fp32', items(1, 'x', () => ({ inputs: ['one'], outputs: 'same' })))])('fp32').verdict.status).toBe('ok');
});

test('calibrated with test items, even with some of them, and what is made from such a variant', () => {
  const withSeen = (answered: readonly QualityItem[]): QualityItem[] => answered.map((item, i) => ({ ...item, seen: i === 3 || i === 7 }));
  const of = judge([subject('fp32', fp32), subject('int8', withSeen(spoilt(3))), subject('small', withSeen(spoilt(6)))]);
  for (const variant of ['int8', 'small']) expect(of(variant).verdict.reasons).toMatchObject([{ code: 'calibrated-on-test', message: expect.stringContaining('2 of the 400 test items') }]);
  expect(of('fp32').verdict.status).toBe('ok');
});

test('generated weights or data give no figure', () => {
  const weights = judge([subject('fp32', [])], { model: model({ weights: 'generated' }) })('fp32');
  expect(weights).toMatchObject({ verdict: { status: 'invalid', reasons: [{ code: 'generated-weights' }] }, metrics: {}, result: null, absent: { quality_exact_match: expect.stringContaining('generated') } });
  const data = judge([subject('fp32', fp32)], { data: { ...DATA, origin: 'generated' } })('fp32');
  expect(data).toMatchObject({ verdict: { status: 'invalid', reasons: [{ code: 'generated-data' }] }, metrics: {} });
});

test('what was not measured to the end has no figure; a reference that failed leaves a bound unchecked, which is invalid', () => {
  const short = judge([subject('fp32', fp32), subject('int8', [], { absent: '100 of 400 items were answered: interrupted' })])('int8');
  expect(short).toMatchObject({ verdict: { status: 'ok' }, metrics: {}, absent: { quality_loss: '100 of 400 items were answered: interrupted' } });
  const failed = subject('fp32', [], { verdict: { status: 'failed', reasons: [{ code: 'crash', message: 'it crashed' }] } });
  expect(judge([failed, subject('int8', fp32)], { maxLoss: '1 %' })('int8').verdict.reasons).toMatchObject([{ code: 'quality-unchecked' }]);
  // A case measured alone has no reference beside it: that is told, and takes nothing away.
  const alone = judge([subject('int8', fp32)], { maxLoss: '1 %' })('int8');
  expect(alone).toMatchObject({ verdict: { status: 'ok' }, warnings: [{ code: 'quality-unchecked' }] });
});

test('all right, or all wrong, still has an interval', () => {
  const of = judge([subject('fp32', items(1.1, 'all', () => ({}), 50)), subject('int8', items(-1, 'none', () => ({}), 50))]);
  expect(of('fp32').metrics.quality_exact_match).toMatchObject({ value: 100, high: 100, low: expect.closeTo(100 * 0.025 ** (1 / 50), 6) });
  expect(of('int8').metrics.quality_exact_match).toMatchObject({ value: 0, low: 0 });
  expect(of('int8').metrics.quality_loss?.value).toBe(100);
});

test('a figure that is infinite leaves a result that can be stored and read again', () => {
  const scored = (sum: number): QualityItem[] => items(1.1, 'tokens', (i) => ({ scores: { perplexity: [sum + i / 1000, 1] } }), 50);
  const spec = qualitySchema.parse({ data: 'd', inputs: {}, metrics: 'perplexity' });
  for (const [reference, variant] of [[2, 2000], [2000, 2], [2000, 3000]] as const) {
    const { result, metrics } = judge([subject('fp32', scored(reference)), subject('int8', scored(variant))], { spec })('int8');
    expect(qualityResultSchema.safeParse(JSON.parse(JSON.stringify(result))).error).toBeUndefined();
    for (const metric of Object.values(metrics)) expect(Number.isFinite(metric.value)).toBe(true);
  }
});

test('a reference that is worth nothing leaves a bound unchecked, which is invalid, and says so itself', () => {
  const worthless = items(-1, 'none', () => ({}), 50);
  const of = judge([subject('fp32', worthless), subject('int8', items(0.5, 'half', () => ({}), 50))], { maxLoss: '2 %' });
  expect(of('int8').verdict).toMatchObject({ status: 'invalid', reasons: expect.arrayContaining([expect.objectContaining({ code: 'quality-unchecked' })]) });
  expect(of('fp32').warnings).toMatchObject([{ code: 'quality-unchecked' }]);
  expect(judge([subject('fp32', worthless), subject('int8', worthless)])('int8')).toMatchObject({ verdict: { status: 'ok' }, warnings: [{ code: 'quality-unchecked' }] });
});

test('nothing is lost against an accelerator\'s own answers: without the reference on a CPU the loss is not known', () => {
  const of = judge([subject('fp32', fp32, { delegate: 'npu' }), subject('int8', spoilt(170), { delegate: 'npu' })], { maxLoss: '2 %' });
  for (const variant of ['fp32', 'int8']) {
    expect(of(variant, 'npu')).toMatchObject({ verdict: { status: 'ok' }, absent: { quality_loss: expect.stringContaining('measured on accelerators only') }, warnings: [{ code: 'quality-unchecked' }] });
    expect(of(variant, 'npu').metrics.quality_loss).toBeUndefined();
  }
});
