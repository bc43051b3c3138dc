import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { ORIENTATION_COUNT as COUNT, orientationManifest as manifest, orientationSuite as suite, writeOrientation as writeData, type OrientationParts as Parts } from '../data/orientation.ts';
import { expectClean, Place } from './paddock.ts';

let place: Place;

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

beforeAll(() => {
  place = new Place('paddock quality ');
  writeData(place.path('data'));
});
afterAll(() => { place[Symbol.dispose](); });

test('quality is measured before speed, stands in the terminal and the report, and is kept for an interrupted run', async () => {
  const variants = '      - { id: fp16, from: fp32, recipe: { id: fp16 } }';
  // Long launches, so that Ctrl-C comes before the last one ends.
  const text = suite({ variants, metrics: 'top1, cosine', more: 'tradeOff: { constraints: ["quality_loss <= 50 %", "model_size <= 100 MiB"] }' }).replace('minSeconds: 0.1, maxSeconds: 0.3', 'minSeconds: 1.5, maxSeconds: 1.5');
  const plan = await place.call(['plan', place.write('suite.yaml', text)]);
  expect(plan.stdout).toContain('2 quality passes over 48 items');
  const cut = await place.run(text, [], { interrupt: { signal: 'SIGINT', when: /measuring/ } });
  expect(cut.code).toBe(130);
  const { code, stdout, stderr } = await place.call(['run', '--resume', 'latest', '--db', place.path('store.sqlite'), '--out', place.path('out')]);
  expectClean({ code, stdout, stderr });
  expect(stderr).not.toContain('quality of');
  expect(stdout).toMatch(/verdict +case +metric +value ± 95 % +memory +quality +loss \(95 %\)/);
  expect(stdout).toMatch(/cls: (Ship|Nothing)/);
  const json = JSON.parse(readFileSync(place.path('out', 'results.json'), 'utf8')) as { results: { case: { variant: string }; verdict: { reasons: { code: string }[] }; metrics: Record<string, { value: number; low: number; high: number; n: number }>; quality: { data: { name: string; items: number } } }[]; models: { task: string }[] };
  expect(json.models[0]?.task).toBe('text orientation');
  const fp32 = json.results.find((result) => result.case.variant === 'fp32');
  // The trained model tells most of them; the exact share is the model's business.
  expect(fp32?.metrics['quality_top1']).toMatchObject({ n: COUNT });
  expect(fp32?.metrics['quality_top1']?.value).toBeGreaterThan(70);
  expect(fp32?.metrics['quality_loss']).toMatchObject({ value: 0 });
  expect(fp32?.quality.data).toMatchObject({ name: 'orientation', items: COUNT });
  const fp16 = json.results.find((result) => result.case.variant === 'fp16');
  // Beside the reference on this host, item by item: float16 is near, and not the same.
  expect(fp32?.metrics['quality_cosine']?.value).toBeGreaterThan(0.999999);
  expect(fp16?.metrics['quality_cosine']?.value).toBeGreaterThan(0.999);
  expect(fp16?.metrics['quality_loss']?.n).toBe(COUNT);
  using store = openStore(place.path('store.sqlite'), { mode: 'read' });
  const [run] = store.listRuns();
  expect([...store.qualityAttempts(run?.id ?? '')].map(({ subject, attempt }) => `${attempt} ${subject}`)).toEqual(['fp32', 'fp16'].map((variant) => `0 cls/${variant}/onnxruntime/cpu/local?threads=1`));
  const html = readFileSync(place.path('out', 'report.html'), 'utf8');
  for (const words of ['What to ship', 'What the recipes did', 'text orientation', 'Quality over 24 items of orientation']) expect(html).toContain(words);
});

test.each<readonly [string, Parts, RegExp]>([
  ['no manifest', { data: 'data/none.yaml' }, /manifest .*none\.yaml can not be read/], ['an unknown step', { inputs: '          - { step: rotate }' }, /suite\.yaml:\d+:\d+ +models\[0\]\.quality\.inputs\.x\[5\]\.step: there is no step "rotate" here; there are: png/],
  ['an unknown setting', { inputs: '          - { step: reshape, shape: [1], order: c }' }, /step reshape has no setting `order`; it has: shape/],
  ['no dictionary', { answer: '{ step: ctc-decode, dictionary: none.txt, blank: first }' }, /there is no file .*none\.txt/],
  ['a constraint that is none', { more: 'tradeOff: { constraints: ["quality_loss < 1"] }' }, /suite\.yaml:\d+:\d+ +tradeOff\.constraints\[0\]: "quality_loss < 1" is no constraint/],
])('%s: one clear error before anything is measured', async (_, parts, reason) => {
  const outcome = await place.call(['plan', place.write('suite.yaml', suite(parts))]);
  expectClean(outcome);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(reason);
});

test.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
  ['the list is another one', { sha256: 'f'.repeat(64) }, /test\.csv has sha256 [0-9a-f]{64}, the manifest says f{64}/],
  ['an empty set', { items: '[]' }, /has no items, so there is nothing to measure quality over/],
  ['an item without a hash', { items: '[{ file: 0.png, label: 0 }]' }, /other\.yaml:7:\d+: items\[0\]\.sha256: this key is missing/],
  ['another file than was labelled', { items: `[{ file: 0.png, sha256: ${'a'.repeat(64)}, label: 0 }]` }, /item 1 of other\.yaml: .*0\.png has sha256 .*another file than the one that was labelled/],
  ['a file that is not there', { items: `[{ file: x.png, sha256: ${'a'.repeat(64)}, label: 0 }]` }, /x\.png, and there is no such file/],
  ['a path that leads out', { items: `[{ file: ../good.onnx, sha256: ${'a'.repeat(64)}, label: 0 }]` }, /a path inside the folder of the manifest/],
  ['an unknown key', { licens: 'MIT' }, /unknown key `licens`; did you mean `licence`/], ['an origin that is none', { origin: 'found' }, /other\.yaml:5:\d+: origin: /],
])('a data set: %s', async (_, parts, reason) => {
  writeFileSync(place.path('data', 'other.yaml'), manifest(parts));
  const outcome = await place.call(['plan', place.write('suite.yaml', suite({ data: 'data/other.yaml' }))]);
  expectClean(outcome);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(reason);
});

test('the lines of a list that are wrong are told by their number', async () => {
  const list = `{"file":"0.png","sha256":"${'0'.repeat(64)}","label":0}\nno json\n{"file":"0.png","label":0}\n`;
  writeFileSync(place.path('data', 'bad.jsonl'), list);
  writeFileSync(place.path('data', 'other.yaml'), manifest({ items: 'bad.jsonl', sha256: sha256(list) }));
  const { code, stderr } = await place.call(['plan', place.write('suite.yaml', suite({ data: 'data/other.yaml' }))]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/bad\.jsonl:2: it is not JSON/);
  expect(stderr).toMatch(/bad\.jsonl:3: sha256: this key is missing/);
});

test.each<readonly [string, Parts, string, RegExp]>([
  ['a shape that the model does not take', { inputs: '          - { step: reshape, shape: [1, 1, 144, 192] }' }, 'failed', /item \d+ of orientation: after its steps input "x" has shape \[1, 1, 144, 192\], and the model takes/],
  ['another dictionary than the model\'s', { answer: '{ step: ctc-decode, dictionary: abc.txt, blank: first }' }, 'failed', /gives 3 characters, with the blank 4 classes, and the model answers 2/],
])('%s: the case fails with the reason', async (_, parts, status, reason) => {
  place.write('abc.txt', 'a\nb\nc\n');
  const { code, stderr, results } = await place.run(suite({ ...parts, limit: '      limit: 4' }));
  expect(code).toBe(1);
  expect(stderr).not.toContain('fault of Paddock');
  expect(results[0]?.verdict.status).toBe(status);
  expect(results[0]?.verdict.reasons.map(({ message }) => message).join('; ')).toMatch(reason);
});

test('a generated data set gives no figure, and takes the case its verdict', async () => {
  const list = readFileSync(place.path('data', 'test.csv'), 'utf8');
  writeFileSync(place.path('data', 'other.yaml'), manifest({ sha256: sha256(list), origin: 'generated' }));
  const { code, results } = await place.run(suite({ data: 'data/other.yaml' }));
  expect(code).toBe(1);
  expect(results[0]?.verdict.reasons.map((reason) => reason.code)).toContain('generated-data');
  expect(Object.keys(results[0]?.metrics ?? {}).filter((name) => name.startsWith('quality_'))).toEqual([]);
});
