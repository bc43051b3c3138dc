import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';
import { lacks } from '../lacks.ts';
import { expectClean, PADDOCK, Place, readResults, suiteText } from './paddock.ts';

let place: Place;
beforeEach(() => { place = new Place(); });
afterEach(() => { place[Symbol.dispose](); });

const AS_NOBODY = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

/** Mounts a small disk, or says that this user can not. */
function mountDisk(folder: string, size: string): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { timeout: 60_000 }).status === 0;
}

test('not a store: refused before anything is measured, and not touched', async () => {
  const text = 'name,value\n'.repeat(500);
  place.write('store.sqlite', text);
  const outcome = await place.run(suiteText());
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(/store\.sqlite.*What to do/);
  expectClean(outcome);
  expect(readFileSync(place.path('store.sqlite'), 'utf8')).toBe(text);
});

test('a store of a newer schema', async () => {
  openStore(place.path('store.sqlite'), { mode: 'write' }).close();
  const newer = new DatabaseSync(place.path('store.sqlite'));
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  const outcome = await place.run(suiteText());
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(/has schema 99.*What to do/);
  expectClean(outcome);
});

test('a store URL is refused, not taken for a file name', async () => {
  const outcome = await place.call(['run', place.write('suite.yaml', suiteText()), '--db', 'postgres://host/db']);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(/postgres:.*SQLite file/);
  expect(existsSync(place.path('postgres:'))).toBe(false);
});

test('a read-only store: run is refused with advice, report and compare read it', async () => {
  expect((await place.run(suiteText(), ['--seed', '1'])).code).toBe(0);
  chmodSync(place.path('store.sqlite'), 0o444);
  chmodSync(place.folder, 0o555);
  for (const name of ['tmp', 'cache', 'cache/paddock', 'cache/paddock/inputs']) chmodSync(place.path(name), 0o777);
  const before = AS_NOBODY;
  const again = await place.call(['run', place.path('suite.yaml'), '--db', place.path('store.sqlite'), '--out', place.path('tmp', 'out')], { before });
  expect(again.stderr).toMatch(/store\.sqlite.*What to do: make the file and its folder readable and writable/);
  expect(again.code).toBe(2);
  expectClean(again);
  const report = await place.call(['report', 'latest', '--db', place.path('store.sqlite'), '--out', place.path('tmp', 'out')], { before });
  expect(report.stderr).toBe('');
  expect(report.code).toBe(0);
  expect(readResults(place.path('tmp', 'out', 'results.json'))).toHaveLength(1);
  expect((await place.call(['compare', 'latest', 'latest', '--db', place.path('store.sqlite')], { before })).code).toBe(0);
  chmodSync(place.folder, 0o777);
});

test('`paddock report` makes no store', async () => {
  const outcome = await place.call(['report', 'latest', '--db', place.path('none.sqlite')]);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(/no store at .*none\.sqlite/);
  expect(existsSync(place.path('none.sqlite'))).toBe(false);
});

test('a full disk under the store: one error, and with space again --resume makes what is missing', async ({ skip }) => {
  const disk = place.path('disk');
  if (lacks('the right to mount a file system', mountDisk(disk, '2m'), 'run the tests as root')) skip();
  try {
    openStore(join(disk, 'store.sqlite'), { mode: 'write' }).close();
    // Room for the run's plan and a few attempts.
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 240 * 1024));
    const models = `[${Array.from({ length: 8 }, (_, i) => `{ id: m${i}, variants: [{ id: v, file: good.onnx }] }`).join(', ')}]`;
    const suite = place.write('suite.yaml', suiteText({ models, runtimes: '[{ id: "null" }]' }));
    const full = await place.call(['run', suite, '--db', join(disk, 'store.sqlite'), '--out', place.path('out')]);
    expect(full.stderr).toMatch(/measuring/);
    expect(full.stderr).toMatch(/store .*full.*What to do: free space/);
    expect(full.code).toBe(2);
    expectClean(full);
    expect(place.leftOver()).toEqual([]);
    rmSync(join(disk, 'filler'));
    const resumed = await place.call(['run', '--resume', 'latest', '--db', join(disk, 'store.sqlite'), '--out', place.path('out')]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const results = readResults(place.path('out', 'results.json'));
    expect(results).toHaveLength(8);
    for (const result of results) expect(result.launches).toHaveLength(1);
  } finally {
    spawnSync('umount', [disk], { timeout: 60_000 });
  }
});

test('a full disk under the reports: the run is kept, and `paddock report` writes them elsewhere', async ({ skip }) => {
  const disk = place.path('disk');
  if (lacks('the right to mount a file system', mountDisk(disk, '8k'), 'run the tests as root')) skip();
  try {
    const suite = place.write('suite.yaml', suiteText());
    const full = await place.call(['run', suite, '--db', place.path('store.sqlite'), '--out', disk]);
    expect(full.code).toBe(2);
    expect(full.stderr).toMatch(/cannot write .*`paddock report` writes the files again/);
    expectClean(full);
    const report = await place.call(['report', 'latest', '--db', place.path('store.sqlite'), '--out', place.path('out')]);
    expect(report.code).toBe(0);
    expect(readResults(place.path('out', 'results.json'))[0]?.verdict.status).toBe('ok');
  } finally {
    spawnSync('umount', [disk], { timeout: 60_000 });
  }
});

test('a cache that can not be written', async () => {
  place.write('cache', 'a file where the folder should be');
  const outcome = await place.run(suiteText());
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(/cache\/paddock.*set XDG_CACHE_HOME/);
  expectClean(outcome);
});

test('two runs at once on one store: both end, and no two launches overlap', async () => {
  // Enough launches for them to meet, however much later one of them starts.
  const suite = place.write('suite.yaml', suiteText({ more: 'order: { seed: 1 }' }).replace('launches: 1, maxLaunches: 1, minSeconds: 0.1, maxSeconds: 0.3', 'launches: 6, maxLaunches: 6, minSeconds: 1.2, maxSeconds: 1.2'));
  const outcomes = await Promise.all(['a', 'b'].map((out) => place.call(['run', suite, '--db', place.path('store.sqlite'), '--out', place.path(out)])));
  for (const outcome of outcomes) {
    expect(outcome.code, outcome.stderr).toBe(0);
    expectClean(outcome);
  }
  using store = openStore(place.path('store.sqlite'), { mode: 'read' });
  const runs = store.listRuns();
  expect(runs.map((run) => run.status)).toEqual(['done', 'done']);
  const spans = runs.flatMap((run) => [...store.attempts(run.id)].map(({ startedAt, endedAt }) => ({ startedAt, endedAt }))).sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  expect(spans).toHaveLength(2 * (1 + 6));
  for (const [index, span] of spans.entries()) {
    const next = spans[index + 1];
    if (next !== undefined) expect(next.startedAt >= span.endedAt, `${JSON.stringify(span)} and ${JSON.stringify(next)}`).toBe(true);
  }
  expect(outcomes.map((outcome) => outcome.stderr).join('\n')).toContain('is measuring on this device; waiting for its launch to end');
});

test('paths with spaces, quotes, newlines and .. for suite, model, input, out and store', async () => {
  const strange = `a "b" 'c' $(d) \`e\`\n%41 #?字`;
  mkdirSync(place.path(strange));
  renameSync(place.path('good.onnx'), place.path(strange, 'good model.onnx'));
  const file = JSON.stringify(`../${strange}/good model.onnx`);
  writeFileSync(place.path(strange, 'my suite.yaml'), suiteText({ models: `[{ id: m, variants: [{ id: v, file: ${file} }] }]` }));
  const at = (name: string): string => join(strange, '..', strange, name);
  const outcome = await place.call(['run', at('my suite.yaml'), '--out', at('out put'), '--db', at('store ?mode=ro.sqlite')]);
  expect(outcome.code, outcome.stderr).toBe(0);
  expectClean(outcome);
  const [row] = readResults(place.path(strange, 'out put', 'results.json'));
  expect(row?.verdict.status).toBe('ok');
  // The words of the row's repro command reach Paddock unharmed through a shell.
  const words = spawnSync('sh', ['-c', (row?.repro ?? '').replace('npx paddock', `printf '%s\\0'`)], { encoding: 'utf8', timeout: 60_000 }).stdout.split('\0');
  expect(words).toContain(place.path(strange, 'my suite.yaml'));
  expect((await place.call(['report', 'latest', '--db', at('store ?mode=ro.sqlite'), '--out', at('again')])).code).toBe(0);
  expect(existsSync(place.path(strange, 'again', 'report.html'))).toBe(true);
});

test('formulas and markup in names stay text in every report', async () => {
  const evil = `=HYPERLINK("http:x")<img src=x onerror=alert(1)>|\u0060code\u0060.onnx`;
  place.write(evil, onnxFile({ operator: 'Sqrt' }));
  place.write('broken.onnx', 'x');
  const task = '<script>alert(1)</script> =1+1';
  const outcome = await place.run(suiteText({
    models: `[{ id: m, task: ${JSON.stringify(task)}, variants: [{ id: v, file: ${JSON.stringify(evil)} }] }, { id: missing, variants: [{ id: v, file: ${JSON.stringify('@SUM(1)</td><script>x()</script>')} }] }]`,
    more: `description: ${JSON.stringify('</title><script>alert(2)</script>\u001b[31mred')}`,
  }));
  expect(outcome.code).toBe(1);
  expectClean(outcome);
  const read = (name: string): string => readFileSync(place.path('out', name), 'utf8');
  const html = read('report.html');
  for (const markup of ['<script>alert', '<script>x()', '<img src=x', '</title><script>']) expect(html).not.toContain(markup);
  expect(read('results.csv')).not.toMatch(/(^|,|\n)"?[=+@-](HYPERLINK|SUM|1)/);
  expect(read('summary.md')).not.toMatch(/<(script|img)/);
  expect(read('junit.xml')).not.toMatch(/<(script|img)/);
  expect(spawnSync('python3', ['-c', 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])', place.path('out', 'junit.xml')]).status ?? 0).toBe(0);
});

const inTerminal = (command: string, env: Readonly<Record<string, string>>): string => spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', timeout: 240_000, env: { ...process.env, CI: undefined, TERM: 'xterm', XDG_CACHE_HOME: place.path('cache'), TMPDIR: place.path('tmp'), ...env } }).stdout;

test('in a terminal there is colour, and NO_COLOR takes it away', ({ skip }) => {
  if (lacks('script', spawnSync('script', ['--version']).status === 0, 'apt-get install bsdutils')) skip();
  place.write('suite.yaml', suiteText());
  const command = `cd '${place.folder}' && '${process.execPath}' '${PADDOCK}' plan suite.yaml`;
  // eslint-disable-next-line no-control-regex
  const colour = /\u001b\[[0-9;]*m/;
  expect(inTerminal(command, { NO_COLOR: '' })).toMatch(colour);
  expect(inTerminal(command, { NO_COLOR: '1' })).not.toMatch(colour);
  expect(inTerminal(command, { NO_COLOR: '1' })).toContain('1 of 1 cases will run');
});

test('a reader that closes early takes nothing from the run, nor from its exit code', async () => {
  place.write('suite.yaml', suiteText({ models: '[{ id: good, variants: [{ id: v, file: good.onnx }] }, { id: bad, variants: [{ id: v, file: none.onnx }] }]' }));
  const line = (options: string, reader: string): string => `'${process.execPath}' '${PADDOCK}' run suite.yaml --db store.sqlite --out out ${options} | ${reader}; echo "code $\{PIPESTATUS[0]}"`;
  for (const [options, reader] of [['--json', 'head -c1'], ['', 'true'], ['2>&1', 'head -1'], ['2>&1', 'true']] as const) {
    rmSync(place.path('out'), { recursive: true, force: true });
    const { stdout, stderr } = spawnSync('bash', ['-c', line(options, reader)], { cwd: place.folder, encoding: 'utf8', timeout: 240_000, env: { ...process.env, XDG_CACHE_HOME: place.path('cache'), TMPDIR: place.path('tmp') } });
    expect(stdout, `${options} | ${reader}: ${stderr}`).toMatch(/code 1\n$/);
    expect(readResults(place.path('out', 'results.json'))).toHaveLength(2);
  }
});

test('two runs of one suite without a seed can be compared', async () => {
  const suite = suiteText().replace('launches: 1, maxLaunches: 1', 'launches: 3, maxLaunches: 3');
  await place.run(suite);
  const [first] = (await place.run(suite)).results;
  using store = openStore(place.path('store.sqlite'), { mode: 'read' });
  const [a, b] = store.listRuns();
  const compared = await place.call(['compare', a?.id ?? '', b?.id ?? '', '--db', place.path('store.sqlite'), '--json']);
  expect(first?.verdict.status).toBe('ok');
  expect(compared.code).toBe(0);
  expect(compared.stdout).not.toContain('incomparable');
});

test('a model that changed since the run began is not measured under the old one\'s name', async () => {
  const suite = place.write('suite.yaml', suiteText().replace('launches: 1, maxLaunches: 1', 'launches: 30, maxLaunches: 30'));
  const cut = await place.call(['run', suite, '--db', place.path('store.sqlite'), '--out', place.path('out')], { interrupt: { signal: 'SIGINT', when: /measuring/ } });
  expect(cut.code).toBe(130);
  expect(place.leftOver()).toEqual([]);
  place.write('good.onnx', onnxFile({ operator: 'Abs' }));
  const resumed = await place.call(['run', '--resume', 'latest', '--db', place.path('store.sqlite'), '--out', place.path('out')]);
  expect(resumed.code).toBe(2);
  expect(resumed.stderr).toMatch(/good\.onnx.*Start a new run/);
  expectClean(resumed);
});
