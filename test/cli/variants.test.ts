import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { lineageSchema } from '../../src/recipe/lineage.ts';
import { digitClassifierBytes } from '../fixtures/onnx/build.ts';
import { expectClean, Place, rowOf } from './paddock.ts';

let place: Place;
beforeAll(() => {
  place = new Place('paddock variants ');
  place.write('digits.onnx', digitClassifierBytes());
});
afterAll(() => { place[Symbol.dispose](); });

const made = z.object({ variants: z.array(z.object({ recipe: z.string(), file: z.string(), from: z.string(), lineage: lineageSchema })) });

test('variants are made, told in a table and in JSON, and kept', async () => {
  const table = await place.call(['variants', 'digits.onnx', '--recipe', 'fp16,int8-dynamic', '--recipe', 'prune:sparsity=0.3:scope=layer', '--fill', 'x=uniform', '--out', 'variants']);
  expectClean(table);
  expect(table.code).toBe(0);
  expect(table.stdout).toMatch(/recipe +file +MiB +of parent +ops converted \/ kept +max rel\. error +cosine +note/);
  expect(table.stdout).toMatch(/prune +digits\.prune-scope-layer-sparsity-0\.3\.onnx .* 30 % zeros/);
  expect(table.stdout).toContain('only a file that compresses better');
  expect(table.stdout).toContain('generated noise');
  const json = await place.call(['variants', 'digits.onnx', '--recipe', 'fp16,int8-dynamic', '--fill', 'x=uniform', '--out', 'again', '--json']);
  const { variants } = made.parse(JSON.parse(json.stdout));
  expect(variants.map(({ recipe, from }) => `${recipe} ${from}`)).toEqual(['fp16 cache', 'int8-dynamic cache']);
  for (const { file, lineage } of variants) {
    expect(statSync(file).size).toBe(lineage.variant.content.bytes);
    expect(lineageSchema.parse(JSON.parse(readFileSync(`${file}.json`, 'utf8')))).toEqual(lineage);
  }
});

test.each([
  ['no recipe', [], /name at least one recipe/], ['another recipe', ['--recipe', 'fp17'], /no recipe "fp17"; there are: exec, fp16/], ['a setting out of bounds', ['--recipe', 'prune:sparsity=2'], /prune: sparsity: Too big/],
  ['an unknown setting', ['--recipe', 'prune:amount=0.5'], /prune.*amount/], ['no calibration files', ['--recipe', 'int8-static', '--calibration', 'x=tmp'], /has no \.npy files/], ['another input', ['--recipe', 'fp16', '--fill', 'z=ones'], /no input "z"/],
  ['another shape', ['--recipe', 'fp16', '--shape', 'x=1x3x28x28'], /has shape \[1, 3, 28, 28\]/], ['no shape', ['--recipe', 'fp16', '--shape', 'x=wide'], /a shape is sizes joined by x/],
] as const)('%s: one clear error, exit 2, nothing written', async (_, args, reason) => {
  const outcome = await place.call(['variants', 'digits.onnx', ...args, '--out', 'none']);
  expectClean(outcome);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(reason);
  expect(existsSync(place.path('none'))).toBe(false);
});

test('a recipe that fails leaves the others, no half-written file, and exit 1', async () => {
  const secret = 'correct-horse-battery';
  const outcome = await place.call(['variants', 'digits.onnx', '--recipe', 'prune', '--exec', 'sh -c "cat \'{input}\' > \'{output}\'; echo $MY_PASSWORD; exit 4"', '--out', 'half'], { env: { MY_PASSWORD: secret } });
  expectClean(outcome);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/sh ended with code 4; its last words: \[hidden\]/);
  expect(outcome.stdout + outcome.stderr).not.toContain(secret);
  expect(readdirSync(place.path('half')).sort()).toEqual(['digits.prune.onnx', 'digits.prune.onnx.json']);
  for (const file of ['good.onnx', 'nowhere.onnx']) expect((await place.call(['variants', file, '--recipe', 'int8-weights', '--out', 'half'])).code).toBe(file === 'good.onnx' ? 1 : 2);
  expect(place.leftOver()).toEqual([]);
});

test('a suite makes its variants; the cases of one that fails are failed with its reason, the others are measured', async () => {
  const { code, results, stderr } = await place.run(`suite: s
models:
  - id: digits
    inputs: { x: { fill: uniform } }
    variants:
      - { id: twice, from: half, recipe: { id: prune, sparsity: 0.01 } }
      - { id: fp32, file: digits.onnx }
      - { id: half, from: fp32, recipe: { id: fp16, mode: weights } }
      - { id: nothing, from: fp32, recipe: { id: int8-dynamic, minElements: 1000000 } }
      - { id: after, from: nothing, recipe: { id: prune } }
runtimes: [{ id: onnxruntime }]
workloads: [{ id: w, scenario: single-stream }]
measure: { launches: 1, maxLaunches: 1, minSeconds: 0.1, maxSeconds: 0.3 }
gates: none
`);
  expect(code).toBe(1);
  expect(stderr).toContain('making digits/half by recipe fp16');
  expect(rowOf(results, 'digits')).toBeDefined();
  const by = new Map(results.map((result) => [result.case.variant, result.verdict]));
  expect(by.get('fp32')?.status).toBe('ok');
  expect(by.get('half')?.status).toBe('ok');
  expect(by.get('nothing')?.reasons[0]).toMatchObject({ code: 'recipe-nothing-to-do' });
  expect(by.get('after')?.reasons[0]).toMatchObject({ code: 'parent-missing', message: expect.stringContaining('"nothing"') as unknown });
  expect(by.get('twice')?.reasons[0]?.code ?? 'ok').toMatch(/ok|recipe-nothing-to-do/);
});

test('what is wrong with a recipe in a suite is told at its place', async () => {
  const { code, stderr } = await place.run(`suite: s
models:
  - id: m
    variants:
      - { id: a, file: digits.onnx }
      - { id: b, from: c, recipe: { id: prune } }
      - { id: d, from: a, recipe: { id: prune, sparsity: 3, amount: 1 } }
      - { id: e, from: a, file: digits.onnx }
runtimes: [{ id: onnxruntime }]
workloads: [{ id: w, scenario: single-stream }]
`);
  expect(code).toBe(2);
  expect(stderr).toMatch(/:8:\d+ +models\[0\]\.variants\[3\]\.from: `from` is for a variant with a `recipe`/);
});
