import * as z from 'zod';
import { expect, test } from 'vitest';
import { parseYaml } from '../../src/parse/yaml-document.ts';
import { suiteSchema } from '../../src/domain/suite.ts';
import { suiteJsonSchema } from '../../src/cli/suite-file.ts';
import { DEFAULT_SUITE } from '../../src/cli/default-suite.ts';

const parse = (text: string) => parseYaml(text, suiteSchema, suiteJsonSchema());
const problemsOf = (text: string) => {
  const outcome = parse(text);
  if (outcome.ok) throw new Error('it was accepted');
  return outcome.problems;
};

const suite = (models: string): string => `suite: s\nmodels:\n${models}\nruntimes: [{ id: onnxruntime }]\nworkloads: [{ id: w, scenario: offline }]\n`;

test('the built-in suite is a valid one', () => {
  expect(parse(DEFAULT_SUITE).ok).toBe(true);
});

test('an unknown key is named with its place and what was probably meant', () => {
  expect(problemsOf(suite('  - id: a\n    variants:\n      - { id: v, file: m.onnx, precison: fp16 }'))).toEqual([
    { line: 5, column: 32, key: 'models[0].variants[0].precison', message: 'unknown key `precison`; did you mean `precision`?' },
  ]);
});

test('a wrong type says what was expected', () => {
  const [problem] = problemsOf('suite: s\nmodels: [{ id: a, variants: [{ id: v, file: f }] }]\nruntimes: [{ id: onnxruntime, threads: two }]\nworkloads: [{ id: w, scenario: offline }]\n');
  expect(problem).toMatchObject({ line: 3, column: 40, key: 'runtimes[0].threads' });
  expect(problem?.message).toMatch(/expected number/);
});

test('a missing key is named at the place where it belongs', () => {
  expect(problemsOf(suite('  - id: a\n    variants: [{ id: v }]'))).toEqual([{ line: 4, column: 16, key: 'models[0].variants[0].file', message: 'this key is missing: a variant has a `file`, or a `recipe` and the variant it is made `from`' }]);
});

test('ids that are there twice are refused, since they name series', () => {
  const [problem] = problemsOf(suite('  - { id: a, variants: [{ id: v, file: f }] }\n  - { id: a, variants: [{ id: v, file: f }] }'));
  expect(problem).toMatchObject({ line: 4, key: 'models[1].id' });
  expect(problem?.message).toContain('"a" is there twice');
});

test('a kind that there is not is told with those that there are; what is for this machine only is refused for others', () => {
  const [kind] = problemsOf(suite('  - { id: a, variants: [{ id: v, file: f }] }') + 'devices: [{ id: local, power: [{ kind: meter }] }]\n');
  expect(kind).toMatchObject({ line: 6, key: 'devices[0].power[0].kind', message: expect.stringMatching(/'battery' \| 'odpm'/) as string });
  const [root] = problemsOf(suite('  - { id: a, variants: [{ id: v, file: f }] }') + 'devices: [{ id: pixel, sensorsRoot: /elsewhere }]\n');
  expect(root).toMatchObject({ line: 6, key: 'devices[0].sensorsRoot', message: expect.stringContaining('for `local` only') as string });
});

test('a URL without a sha256 is refused', () => {
  const [problem] = problemsOf(suite('  - { id: a, variants: [{ id: v, file: "https://example.org/m.onnx" }] }'));
  expect(problem?.message).toContain('sha256');
});

test('no models, an empty file, a list instead of a map', () => {
  expect(problemsOf('suite: s\nmodels: []\nruntimes: [{ id: onnxruntime }]\nworkloads: [{ id: w, scenario: offline }]\n')[0]?.message).toBe('there is no model to measure');
  expect(problemsOf('')[0]?.message).toBe('the file is empty');
  expect(problemsOf('- a\n- b\n')[0]).toMatchObject({ line: 1, column: 1 });
});

test('broken YAML has its line', () => {
  expect(problemsOf('suite: s\nmodels: [\n  {id: a\n')[0]?.line).toBeGreaterThan(2);
});

test('an alias bomb is refused quickly', () => {
  let bomb = 'a: &a [x, x, x, x, x, x, x, x, x]\n';
  for (let i = 0; i < 12; i++) {
    const [from, to] = [String.fromCharCode(97 + i), String.fromCharCode(98 + i)];
    bomb += `${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(', ')}]\n`;
  }
  const started = performance.now();
  expect(problemsOf(bomb)[0]?.message).toMatch(/alias/i);
  // Milliseconds; read out it would take years.
  expect(performance.now() - started).toBeLessThan(60_000);
});

test('a huge file is refused before it is parsed', () => {
  expect(problemsOf(`suite: s\n# ${'x'.repeat(5 * 1024 * 1024)}`)[0]?.message).toContain('larger than');
});

test('the parser knows nothing of suites', () => {
  const outcome = parseYaml('# here\nn: 3', z.strictObject({ n: z.number() }), {});
  expect(outcome).toMatchObject({ ok: true, value: { n: 3 } });
  expect(outcome.ok && outcome.placeOf(['n'])).toEqual({ line: 2, column: 1 });
});
