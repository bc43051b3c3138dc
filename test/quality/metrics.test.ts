import { expect, test } from 'vitest';
import { bleuFigure, bleuStatistics } from '../../src/quality/metric/bleu.ts';
import { tokens13a } from '../../src/quality/metric/bleu-tokens.ts';
import { qualityMetric } from '../../src/quality/metric/registry.ts';
import { rougeL, rougeN } from '../../src/quality/metric/rouge.ts';
import type { Answer } from '../../src/quality/answer.ts';
import type { Label } from '../../src/domain/dataset.ts';
import type { QualityMetricId } from '../../src/domain/quality.ts';
import { itemScores, sumsOf } from '../../src/stats/item-scores.ts';

function figure(id: QualityMetricId, answered: readonly (readonly [Answer, Label])[]): number {
  const metric = qualityMetric(id);
  const scores = itemScores(answered.map(([answer, label]) => metric.score({ answer, label, outputs: [], reference: null })));
  return metric.figure(sumsOf(scores), scores.n);
}

const text = (value: string): Answer => ({ kind: 'text', text: value });
const scores = (shape: readonly number[], values: readonly number[]): Answer => ({ kind: 'scores', shape, values: Float64Array.from(values) });

/** sacrebleu's README and its test/test_bleu.py: `BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)`. */
const README = {
  system: ['The dog bit the man.', 'It wasn\'t surprising.', 'The man had just bitten him.'],
  references: [['The dog bit the man.', 'The dog had bit the man.'], ['It was not unexpected.', 'No one was surprised.'], ['The man bit him first.', 'The man had bitten the dog.']],
};

test('BLEU is sacrebleu\'s, by its documented example', () => {
  const rows = README.system.map((answer, i) => bleuStatistics(answer, README.references[i] ?? []));
  const sums = sumsOf(itemScores(rows));
  expect([...sums]).toEqual([17, 18, 14, 7, 5, 3, 17, 14, 11, 8]);
  expect(bleuFigure(sums, 3)).toBeCloseTo(48.530827, 6);
  expect(figure('bleu', README.system.map((answer, i) => [text(answer), README.references[i] ?? []]))).toBeCloseTo(48.530827, 6);
});

test('empty and unmatched answers score 0, as sacrebleu has it; an order without a match is smoothed', () => {
  expect(figure('bleu', README.references.map((label) => [text(''), label]))).toBe(0);
  expect(figure('bleu', [[text('this is a test'), 'this is a test']])).toBeCloseTo(100, 9);
  // 4-gram 0 of 1, 3-gram 0 of 2, 2-gram 1 of 3, 1-gram 3 of 4; exponential smoothing: 100/(2·2) and 100/(4·1).
  expect(figure('bleu', [[text('this is a fest'), 'this is the test fest']])).toBeCloseTo(Math.exp(1 - 5 / 4) * (75 * (100 / 3) * 25 * 25) ** 0.25, 6);
});

test('13a takes punctuation and symbols apart, but no number', () => {
  expect(tokens13a('Hello, world! It costs $1,234.56 (about 10-20%) &quot;now&quot;.')).toEqual(['Hello', ',', 'world', '!', 'It', 'costs', '$', '1,234.56', '(', 'about', '10', '-', '20', '%', ')', '"', 'now', '"', '.']);
});

/** Values of rouge_scorer_test.py of google-research/rouge, of which the last two pairs were checked against ROUGE-1.5.5 there. */
const TARGETS = [
  'ZfbCUIUuePaiLVUlCaUXxkpu XPeWing tUHfPMuZ\',-Xd Y BrUgVJing M-HV.-DgdDaY.rFDJCRing Ht-LM EKBDXkME,yz\'RBr q\'wtion wIojNbN wL,b .a-\'XdQggyFl jB-RPP\'iyOIcUxer tKM L',
  'KsJdPByEtAor fE-Qg Dpdbring cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMtion psing sbKao Q m qiing LMmer HqqLFXe,XPY,J XsurkMer ,ed nB\'wH\'bWVHjWFEing tQ.saefZwJtKrTlixYpMMsJing UCAPwNHeYVjDing c T BUySKtion gMPfJpwGw p\'NvxAoping eu pBwMBKV\'I DNxqelhu,PHPxDEq,mtion SN',
];
const PREDICTIONS = [
  'rFDJCRtion Ht-LM EKtDXkME,yz\'RBr q\'wer wrojNbN wL,b .a-\'XdQggyFl jB-RPP\'iyOIcUxi',
  'n cw-WeFyu vC MoBL Xdn g wkvcEiGvKtion BDFhrpMer pstion sbKao Q m qier LMmed HqqLFXe,XPY,J XsurkMeo ,ed nB\'wH\'bWVHjWFEer tQ.saefZwJtKrTlixYpMMNJtion UCAPwNHeYVjD',
];

test.each([
  ['testing', 'testing one two', 1 / 2, 0, 1 / 2], ['testing one', 'testing one two', 4 / 5, 2 / 3, 4 / 5], ['testing two', 'testing one two', 4 / 5, 0, 4 / 5], ['', 'testing one two', 0, 0, 0],
  [PREDICTIONS[0] ?? '', TARGETS[0] ?? '', 0.51163, 0.39024, 0.51163], [PREDICTIONS[1] ?? '', TARGETS[1] ?? '', 0.5, 0.36364, 0.5],
])('ROUGE is rouge_score\'s: %#', (answer, target, one, two, longest) => {
  expect(rougeN(answer, target, 1)).toBeCloseTo(one, 5);
  expect(rougeN(answer, target, 2)).toBeCloseTo(two, 5);
  expect(rougeL(answer, target)).toBeCloseTo(longest, 5);
});

test('ROUGE takes the best of several references, and the mean over items', () => {
  expect(figure('rouge1', [[text('testing one'), ['nothing', 'testing one two']], [text('x'), 'y']])).toBeCloseTo(0.4, 9);
});

test('character error rate: all edits over all characters of the labels, by code point', () => {
  expect(figure('cer', [[text('kitten'), 'sitting'], [text('abc'), 'abc']])).toBeCloseTo((100 * 3) / 10, 9);
  expect(figure('cer', [[text('a😀b'), 'ab']])).toBeCloseTo(50, 9);
  expect(figure('cer', [[text('colour'), ['color', 'colour']]])).toBe(0);
});

test('exact match forgives nothing, and takes texts, classes and token sequences', () => {
  expect(figure('exact_match', [[text('ab'), 'ab'], [text('Ab'), 'ab'], [text('ab '), 'ab'], [text('ab'), ['x', 'ab']]])).toBe(50);
  expect(figure('exact_match', [[{ kind: 'tokens', tokens: [7] }, 7], [{ kind: 'tokens', tokens: [1, 2] }, [1, 2]], [{ kind: 'tokens', tokens: [1] }, [1, 2]], [{ kind: 'tokens', tokens: [3] }, '3']])).toBe(75);
  expect(() => figure('exact_match', [[scores([1, 2], [1, 2]), 1]])).toThrow(/end `answer` with/);
});

test('top-k: the label among the k highest scores', () => {
  const answer = scores([1, 6], [0.1, 0.5, 0.2, 0.05, 0.1, 0.05]);
  expect(figure('top1', [[answer, 1], [answer, 2]])).toBe(50);
  expect(figure('top3', [[answer, 2], [answer, 0], [answer, 4], [answer, 5]])).toBe(50);
  expect(() => figure('top5', [[{ kind: 'classes', ranked: [1, 2] }, 1]])).toThrow(/keeps 2/);
  expect(() => figure('top1', [[answer, 'cat']])).toThrow(/number of a class/);
});

test('perplexity: exp of the mean negative log probability, places of −100 left out', () => {
  const logits = [Math.log(0.5), Math.log(0.25), Math.log(0.25), Math.log(0.1), Math.log(0.8), Math.log(0.1), 0, 0, 0];
  expect(figure('perplexity', [[scores([1, 3, 3], logits), [0, 1, -100]]])).toBeCloseTo(1 / Math.sqrt(0.5 * 0.8), 9);
  // A constant on all scores of a row changes nothing.
  expect(figure('perplexity', [[scores([3, 3], logits.map((logit) => logit + 700)), [0, 1, 2]]])).toBeCloseTo((1 / (0.5 * 0.8 / 3)) ** (1 / 3), 9);
  expect(() => figure('perplexity', [[scores([2, 3], [0, 0, 0, 0, 0, 0]), [0]]])).toThrow(/one token as label/);
});
