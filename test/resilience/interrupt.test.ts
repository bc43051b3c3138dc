import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Desk, SHORT_SUITE, until, type Command } from './paddock.ts';

/** Ending a launch: SIGTERM's grace, the reports, and a busy machine. */
const END_MS = 120_000;
const STUBBORN = fileURLToPath(new URL('../fixtures/bench/stubborn-harness.mjs', import.meta.url));

/** Long launches, so that the run is still at work when something is done to it, however late that is. */
const LONG_SUITE = SHORT_SUITE.replace('minSeconds: 0.1, maxSeconds: 0.2', 'minSeconds: 1.5, maxSeconds: 1.5');

/** Waits until the run has stored so many attempts and the next launch is under way. */
async function underWay(desk: Desk, command: Command, attempts: number): Promise<void> {
  const stored = (): number => desk.read((store) => {
    const run = store.latestRun();
    return run === null ? 0 : store.attemptEntries(run.id).length;
  }) ?? 0;
  await until(`${attempts} attempts are stored`, END_MS, () => stored() >= attempts);
  await until('a harness runs', END_MS, () => desk.leftOver().some((pid) => pid !== command.pid));
}

/** The command in the advice to resume. */
function adviceIn(stderr: string): string {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  expect(line).toMatch(/^interrupted; go on with: /);
  return line.replace('interrupted; go on with: ', '');
}

for (const [name, send] of [
  ['Ctrl-C at a terminal', (command: Command) => { command.killGroup('SIGINT'); }],
  ['SIGTERM to the process alone', (command: Command) => { command.kill('SIGTERM'); }],
] as const) {
  test(`${name} ends the run with 130, a partial report and a command that goes on`, async () => {
    using desk = new Desk(LONG_SUITE);
    const out = 'my reports';
    const command = desk.start('run', 'suite.yaml', '--seed', '3', '--out', out);
    await underWay(desk, command, 4);
    send(command);
    const { code, signal, stderr } = await command.ended;
    expect({ code, signal }, stderr).toEqual({ code: 130, signal: null });
    expect(desk.leftOver()).toEqual([]);
    const partial = JSON.parse(readFileSync(join(desk.folder, out, 'results.json'), 'utf8')) as { run: { id: string; status: string }; results: { launches: unknown[] }[] };
    expect(partial.run.status).toBe('interrupted');
    const made = partial.results.reduce((sum, result) => sum + result.launches.length, 0);
    expect(made).toBeGreaterThanOrEqual(2);
    expect(made).toBeLessThan(6);

    const resumed = await desk.shell(adviceIn(stderr)).ended;
    expect(resumed.code, resumed.stderr).toBe(0);
    const whole = JSON.parse(readFileSync(join(desk.folder, out, 'results.json'), 'utf8')) as typeof partial;
    expect(whole.run).toMatchObject({ id: partial.run.id, status: 'done' });
    expect(whole.results.map((result) => result.launches.length)).toEqual([3, 3]);
  });
}

test('a second Ctrl-C leaves at once, even when the harness does not end when told to', async () => {
  using desk = new Desk(SHORT_SUITE.replace('{ id: onnxruntime }', `{ id: onnxruntime, harness: [node, '${STUBBORN}'] }`));
  const command = desk.start('run', 'suite.yaml', '--seed', '3');
  await underWay(desk, command, 3);
  command.killGroup('SIGINT');
  await until('the first was heard', END_MS, () => command.stderr().includes('again to leave at once'));
  command.killGroup('SIGINT');
  const left = await command.ended;
  expect(left).toMatchObject({ code: 130, signal: null });
  // It waits neither for the harness's grace nor for reports, after which it would say how to go on.
  expect(left.stderr).not.toContain('go on with');
  expect(await desk.leftOverAfter(END_MS)).toEqual([]);
  const resumed = await desk.start('run', '--resume', 'latest').ended;
  expect(resumed.code, resumed.stderr).toBe(0);
});

test('Ctrl-C while the suite is still being prepared leaves no run and no stack', async () => {
  // A harness that never answers, so that the asking goes on until the signal comes.
  using desk = new Desk(SHORT_SUITE.replace('{ id: onnxruntime }', `{ id: onnxruntime, harness: [sleep, '600'] }`));
  const command = desk.start('run', 'suite.yaml');
  await until('the harness is asked what it offers', END_MS, () => desk.leftOver().some((pid) => pid !== command.pid));
  command.killGroup('SIGINT');
  const { code, stderr } = await command.ended;
  expect({ code, stderr }).toEqual({ code: 130, stderr: '\nSIGINT: ending what is in progress (again to leave at once)\ninterrupted before anything was measured\n' });
  expect(desk.leftOver()).toEqual([]);
});

test('of two processes that resume one run, one is told who has it', async () => {
  using desk = new Desk(LONG_SUITE);
  const first = desk.start('run', 'suite.yaml', '--seed', '3');
  await underWay(desk, first, 2);
  first.kill('SIGKILL');
  await first.ended;
  const both = [desk.start('run', '--resume', 'latest'), desk.start('run', '--resume', 'latest')];
  const ends = await Promise.all(both.map(async (command) => ({ pid: command.pid, ...await command.ended })));
  const winner = ends.find((end) => end.code === 0);
  const loser = ends.find((end) => end.code !== 0);
  expect(loser?.code, loser?.stderr).toBe(2);
  expect(loser?.stderr).toMatch(new RegExp(`^error: run \\S+ is being worked on by process ${winner?.pid} on .*paddock run`));
  expect(loser?.stderr.trimEnd().split('\n')).toHaveLength(1);
  using store = desk.openStore();
  expect(store.latestRun()?.status).toBe('done');
  expect([...store.results(store.latestRun()?.id ?? '')].map((result) => result.launches.length)).toEqual([3, 3]);
});

test('resuming a run that is done, or with words that the run has stored, is refused with what to do', async () => {
  using desk = new Desk(LONG_SUITE);
  const command = desk.start('run', 'suite.yaml', '--seed', '3');
  await underWay(desk, command, 2);
  command.kill('SIGTERM');
  await command.ended;
  const asked = await desk.start('run', '--resume', 'latest', '--preset', 'standard', '--seed', '4').ended;
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('leave --preset, --seed out') });
  expect(await desk.start('run', '--resume', 'latest').ended).toMatchObject({ code: 0 });
  expect(await desk.start('run', '--resume', 'latest').ended).toMatchObject({ code: 2, stderr: expect.stringContaining('has no unfinished run') });
});
