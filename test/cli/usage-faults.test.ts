import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectClean, GOOD_MODEL, Place, suiteText } from './paddock.ts';

let place: Place;
beforeAll(() => { place = new Place(); });
afterAll(() => { place[Symbol.dispose](); });

/** The largest time that refusing a file may take on a busy machine; a quadratic pass over a large file takes minutes. */
const REFUSAL_MS = 60_000;

function aliasBomb(): string {
  const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(', ')}]`);
  return `a0: &a0 [x, x, x]\n${levels.join('\n')}\n`;
}

test.each<[name: string, suite: string, code: number, message: RegExp]>([
  ['unknown key', suiteText({ models: '[{ id: a, varients: [], variants: [{ id: v, file: good.onnx }] }]' }), 2, /suite\.yaml:2:19 {2}models\[0\]\.varients: unknown key `varients`; did you mean `variants`\?/],
  ['wrong type', suiteText({ runtimes: '[{ id: onnxruntime, threads: two }]' }), 2, /suite\.yaml:3:40 {2}runtimes\[0\]\.threads: expected number/],
  ['duplicate model id', suiteText({ models: `[${GOOD_MODEL}, ${GOOD_MODEL}]` }), 2, /suite\.yaml:2:\d+ {2}models\[1\]\.id: the id "good" is there twice/],
  ['duplicate variant id', suiteText({ models: '[{ id: m, variants: [{ id: v, file: a }, { id: v, file: b }] }]' }), 2, /variants\[1\]\.id: the variant id "v" is there twice/],
  ['duplicate key', 'suite: a\nsuite: b\n', 2, /suite\.yaml:2:1/],
  ['no models', suiteText({ models: '[]' }), 2, /suite\.yaml:2:9 {2}models: there is no model to measure/],
  ['no models key', 'suite: s\n', 2, /models: this key is missing/],
  ['broken YAML', 'suite: [\n', 2, /suite\.yaml:\d+:\d+/],
  ['empty file', '', 2, /the file is empty/],
  ['a list', '- a\n', 2, /suite\.yaml:1:1/],
  ['NUL bytes', '\0\0\0', 2, /suite\.yaml:1:1/],
  ['a prototype', suiteText({ more: '__proto__: { preset: standard }' }), 2, /unknown key `__proto__`/],
  ['alias bomb', aliasBomb(), 2, /alias/i],
  ['deep nesting', '['.repeat(200_000), 2, /suite\.yaml:1:\d+.*nested/],
  ['a huge file', `suite: s # ${'x'.repeat(5 * 1024 * 1024)}`, 2, /larger than 4 MiB/],
  ['deep block nesting', Array.from({ length: 1500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 2, /nested more deeply|unknown key `a`/],
  ['a large map', `suite: s\nmodels:\n${Array.from({ length: 200_000 }, (_, i) => `  k${i}: 1`).join('\n')}\n`, 2, /models: .*expected array|list/],
  ['many unknown keys', `suite: s\n${Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join('\n')}\n`, 2, /unknown key `k0`/],
  ['an id that would leave its folder', suiteText({ models: '[{ id: ../x, variants: [{ id: v, file: good.onnx }] }]' }), 2, /models\[0\]\.id: use letters/],
  ['unknown engine', suiteText({ runtimes: '[{ id: tensorflow }]' }), 2, /runtimes\[tensorflow\]: Paddock knows no engine "tensorflow"; it knows: onnxruntime, litert, null/],
  ['unknown delegate', suiteText({ runtimes: '[{ id: onnxruntime, delegates: [cpu, warp] }]' }), 2, /runtimes\[onnxruntime\]\.delegates: onnxruntime has no delegate "warp"; it has: cpu,/],
  ['a device that is not there', suiteText({ more: 'devices: [pixel-9]' }), 3, /no device "pixel-9" can be reached; `paddock devices` lists what can/],
  ['rules that leave nothing', suiteText({ more: 'matrix: { exclude: [{ model: good }] }' }), 2, /include and exclude rules leave no case/],
])('suite: %s', async (_, suite, code, message) => {
  const started = performance.now();
  const outcome = await place.run(suite);
  expect(outcome.stderr.slice(0, 5000)).toMatch(message);
  expect(outcome.code).toBe(code);
  expectClean(outcome);
  expect(outcome.stdout).toBe('');
  expect(performance.now() - started).toBeLessThan(REFUSAL_MS);
  expect(outcome.stderr.length).toBeLessThan(20_000);
});

test.each<[name: string, args: readonly string[], code: number, message: RegExp]>([
  ['no suite file', ['run', 'nowhere.yaml'], 2, /there is no suite file nowhere\.yaml; `paddock schema --example > nowhere\.yaml` writes one/],
  ['a folder', ['run', '.'], 2, /\. is a folder; name a suite file/],
  ['an endless file', ['run', '/dev/zero'], 2, /\/dev\/zero/],
  ['a suite with a control character in its name', ['run', 'a\u001b[31mb.yaml'], 2, /there is no suite file/],
  ['unknown command', ['benchmark'], 2, /unknown command 'benchmark'/],
  ['unknown option', ['run', '--fast'], 2, /unknown option '--fast'/],
  ['unknown preset', ['run', '--preset', 'slow'], 2, /Allowed choices are quick, standard, submission/],
  ['a seed that is no number', ['run', '--seed', 'x'], 2, /whole number/],
  ['unknown device', ['run', '--device', 'nonsense'], 3, /no device "nonsense" can be reached/],
  ['unknown case', ['run', '--case', 'nonsense'], 2, /the suite has no case "nonsense"; `paddock plan` lists them/],
  ['plan of an unknown case', ['plan', '--case', 'nonsense'], 2, /the suite has no case "nonsense"/],
  ['nothing to resume', ['run', '--resume', 'latest'], 2, /has no unfinished run/],
  ['unknown run to resume', ['run', '--resume', 'nonsense'], 2, /has no run "nonsense"/],
  ['report without a store', ['report', 'nonsense', '--db', 'nowhere.sqlite'], 2, /nowhere\.sqlite/],
  ['unknown format', ['report', 'latest', '--format', 'pdf'], 2, /no report format "pdf"; there are: html, csv, md, json, junit/],
  ['compare with one run', ['compare', 'latest'], 2, /name two runs \(BASE HEAD\)/],
  ['compare two runs by selector', ['compare', 'a', 'b', '--base', 'threads=1', '--head', 'threads=2'], 2, /name one RUN and both/],
  ['compare with half a selector', ['compare', 'a', '--base', 'threads=1'], 2, /name one RUN and both/],
  ['compare with an unknown outcome', ['compare', 'a', 'b', '--fail-on', 'slower'], 2, /--fail-on knows regressed, improved, equivalent, noisy, incomparable, not "slower"/],
  ['compare without a store', ['compare', 'a', 'b', '--db', 'nowhere.sqlite'], 2, /there is no store at .*nowhere\.sqlite/],
  ['compare with a folder without results', ['compare', 'folder', 'folder'], 2, /folder has no results\.json/],
  ['compare with a file that is no results', ['compare', 'broken.json', 'broken.json'], 2, /broken\.json is not a results\.json/],
  ['compare runs that share no case', ['compare', 'none', 'none', '--fail-on', 'regressed'], 2, /no case is in both runs/],
  ['compare by an impossible share', ['compare', 'a', 'b', '--materiality', '3'], 2, /share between 0 and 1/],
])('command line: %s', async (_, args, code, message) => {
  mkdirSync(place.path('folder'), { recursive: true });
  mkdirSync(place.path('none'), { recursive: true });
  place.write('none/results.json', '{"schemaVersion": 1, "results": []}');
  place.write('broken.json', '{"schemaVersion": 1, "results": [{}]}');
  const outcome = await place.call(args);
  expect(outcome.stderr.slice(0, 5000)).toMatch(message);
  expect(outcome.code).toBe(code);
  expectClean(outcome);
  expect(outcome.stdout).toBe('');
});

test('no command at all: help, and exit code 2', async () => {
  const outcome = await place.call([]);
  expect(outcome.code).toBe(2);
  expect(outcome.stdout + outcome.stderr).toContain('Examples:');
});

test('help and version are no faults', async () => {
  for (const args of [['--help'], ['run', '--help'], ['--version']]) expect((await place.call(args)).code).toBe(0);
});

test('--fail-on does not pass when nothing could be compared', async () => {
  expect((await place.run(suiteText({ models: '[{ id: gone, variants: [{ id: v, file: gone.onnx }] }]' }))).code).toBe(1);
  const outcome = await place.call(['compare', 'out', 'out', '--fail-on', 'regressed']);
  expect(outcome.stdout).toContain('1 incomparable');
  expect(outcome.stderr).toContain('nothing could be compared, so --fail-on can not pass');
  expect(outcome.code).toBe(1);
});
