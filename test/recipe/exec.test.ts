import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { splitCommand } from '../../src/recipe/command-words.ts';
import { redact } from '../../src/recipe/redact.ts';
import { writeModel } from '../../src/onnx/model.ts';
import { digitClassifierBytes, graph, model, value } from '../fixtures/onnx/build.ts';
import { Kitchen, type Making } from '../fixtures/recipe/make.ts';

const kitchen = new Kitchen();
const SECRET = 'hunter2-hunter2';
let digits: Making;
beforeAll(() => {
  process.env['PADDOCK_TEST_TOKEN'] = SECRET;
  digits = { path: kitchen.write('digits.onnx', digitClassifierBytes()), inputs: { x: { fill: 'uniform' } } };
  kitchen.write('tool.mjs', `
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
const [how, input, output, more] = process.argv.slice(2);
console.log('my token is ' + process.env.PADDOCK_TEST_TOKEN);
if (how === 'fail') { console.error('Authorization: Bearer abc.def.ghi\\npassword=letmein'); process.exit(3); }
if (how === 'hang') { spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); writeFileSync(more, String(process.pid)); setInterval(() => {}, 1000); }
if (how === 'outside') writeFileSync(more, 'x');
if (how === 'rubbish') writeFileSync(output, 'no model');
if (how === 'empty') writeFileSync(output, '');
if (how === 'link') symlinkSync(more, output);
if (how === 'other') writeFileSync(output, readFileSync(more));
if (how === 'copy' || how === 'outside') copyFileSync(input, output);
`);
});
afterAll(() => {
  delete process.env['PADDOCK_TEST_TOKEN'];
  kitchen[Symbol.dispose]();
});

const make = (how: string, settings: Readonly<Record<string, unknown>> = {}, more = '') => kitchen.make(digits, 'exec', { command: [process.execPath, 'tool.mjs', how, '{input}', '{output}', more], ...settings });

test('a program of one\'s own makes a variant; its files are part of the key', async () => {
  const made = await make('copy');
  expect(made.from).toBe('made');
  expect(Buffer.compare(made.bytes, readFileSync(digits.path))).toBe(0);
  expect((await make('copy')).from).toBe('cache');
  kitchen.write('tool.mjs', `${readFileSync(join(kitchen.folder, 'tool.mjs'), 'utf8')}\n// changed\n`);
  expect((await make('copy')).from).toBe('made');
});

test.each([
  ['fail', /ended with code 3; its last words:.*\[hidden\]/], ['none', /wrote no \{output\}/], ['empty', /empty \{output\}/], ['rubbish', /not an ONNX file/],
] as const)('%s: one clear error', async (how, reason) => {
  const failure = await make(how).then(() => null, (error: unknown) => error);
  expect(String(failure)).toMatch(reason);
  for (const secret of [SECRET, 'letmein', 'abc.def.ghi']) expect(String(failure)).not.toContain(secret);
});

test('a model that answers something else is not offered', async () => {
  const other = kitchen.write('other.onnx', writeModel(model(graph({ inputs: [value('x', [1, 1, 28, 28])], outputs: [value('y', [1, 784])], nodes: [{ opType: 'Flatten', input: ['x'], output: ['y'] }] }))));
  await expect(make('other', {}, other)).rejects.toThrow(/not offered.*shape/);
  expect(readdirSync(join(kitchen.folder, 'cache', 'variants')).filter((name) => name.includes('tmp'))).toEqual([]);
});

test('what is written beside the model, or brought in by a link, is found', async () => {
  await expect(make('outside', {}, join(kitchen.folder, 'stray.txt'))).rejects.toThrow(/outside its own folder changed: .*stray\.txt/);
  await expect(make('link', {}, digits.path)).rejects.toThrow(/not a plain file in the command's folder/);
});

test('a program that hangs is ended with all it started, and its folder goes', async () => {
  const pidFile = join(tmpdir(), `paddock-exec-${process.pid}.pid`);
  // Long enough for it to start on a busy machine.
  await expect(make('hang', { timeoutSeconds: 12 }, pidFile)).rejects.toThrow(/did not end within 12 s/);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  // A zombie runs no more; it waits for whoever should reap it.
  const alive = (): readonly string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
    const [state, , group] = existsSync(`/proc/${name}/stat`) ? (readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []) : [];
    return group === String(pid) && state !== 'Z';
  });
  await expect.poll(alive).toEqual([]);
});

test('words and secrets', async () => {
  expect(splitCommand('python3 "my tool.py" --a=\'b c\' {input} d\\ e ""')).toEqual(['python3', 'my tool.py', '--a=b c', '{input}', 'd e', '']);
  expect(() => splitCommand('echo "open')).toThrow(/quote is not closed/);
  expect(redact('token: abcdefgh, ok=1 --password hush hf_abcdefghijklmnopqrstuvwxyz', {})).toBe('token: [hidden], ok=1 --password [hidden] [hidden]');
  await expect(kitchen.make(digits, 'exec', { command: 'cp {input} somewhere' })).rejects.toThrow(/no \{output\}/);
  await expect(kitchen.make(digits, 'exec', { command: 'there-is-no-such-program {input} {output}' })).rejects.toThrow(/can't start/);
});
