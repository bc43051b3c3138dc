import { expect, test } from 'vitest';
import { caseFields, caseKey, type Case } from '../../src/domain/case.ts';
import { ID_PATTERN, makeRunId } from '../../src/domain/ids.ts';
import { seededRandom, shuffled } from '../../src/domain/random.ts';

const example: Case = {
  model: 'ppocr-rec', variant: 'fp32', runtime: 'onnxruntime', delegate: 'cpu', workload: 'stream', scenario: 'single-stream', device: 'local', options: { threads: 2, batch: 1 },
};

test('a key names the series: every field that makes another number is in it', () => {
  expect(caseKey(example)).toBe('ppocr-rec/fp32/onnxruntime/cpu/stream/local?threads=2&batch=1');
  const keys = new Set([
    example, { ...example, model: 'm' }, { ...example, variant: 'int8' }, { ...example, runtime: 'r' }, { ...example, delegate: 'webgpu' }, { ...example, workload: 'w' },
    { ...example, device: 'd' }, { ...example, options: { threads: 1, batch: 1 } }, { ...example, options: { threads: 2, batch: 8 } },
  ].map(caseKey));
  expect(keys.size).toBe(9);
});

test('fields are text, as selectors name them', () => {
  expect(caseFields(example)).toMatchObject({ threads: '2', batch: '1', scenario: 'single-stream' });
});

test('ids can stand in keys, file names and shell words', () => {
  for (const good of ['a', 'ppocr-rec', 'v5', '_x', 'fp16.2', '8bit']) expect(good).toMatch(ID_PATTERN);
  for (const bad of ['', '-x', '.x', 'a/b', 'a b', 'a?b', 'a\nb', '$(x)', 'ä', 'x'.repeat(81), '..']) expect(bad).not.toMatch(ID_PATTERN);
});

test('run ids sort by time and have their shape', () => {
  const early = makeRunId(new Date('2026-01-02T03:04:05Z'), 0xffff);
  const late = makeRunId(new Date('2026-01-02T03:04:06Z'), 0);
  expect(early).toBe('20260102-030405-ffff');
  expect(early < late).toBe(true);
  expect(late).toMatch(/^\d{8}-\d{6}-[0-9a-f]{4}$/);
});

test('the same seed draws the same numbers, another seed others; a shuffle keeps all items', () => {
  const draw = (seed: string): number[] => Array.from({ length: 5 }, seededRandom(seed));
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a')).not.toEqual(draw('b'));
  const items = Array.from({ length: 50 }, (_, index) => index);
  expect(shuffled(items, seededRandom('s')).sort((a, b) => a - b)).toEqual(items);
});

test('draws are uniform to the eye of a chi-square test', () => {
  const random = seededRandom('uniform');
  const n = 16_000;
  const counts = Array.from({ length: 16 }, () => 0);
  for (let i = 0; i < n; i++) {
    const bin = Math.floor(random() * 16);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const chi = counts.reduce((sum, count) => sum + (count - n / 16) ** 2 / (n / 16), 0);
  // 99.9 % of uniform draws stay under 37.7 with 15 degrees of freedom.
  expect(chi).toBeLessThan(37.7);
});
