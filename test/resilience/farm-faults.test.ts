import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { endAdb, startAdb, type AdbProcess } from '../lab/adb-process.ts';
import type { Board } from '../lab/board.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { harnessesOn, LabDesk, type LabDeskOptions, lacksNative } from './lab-desk.ts';
import { until, type Command } from './paddock.ts';

const WAIT_MS = 240_000;
/** Of a launch, so that a fault falls into one, also where this process stands still for some seconds. */
const SECONDS = 5;
const RETURN = 'limits: { returnSeconds: 180 }';

/** A real adb server for boards of one test. */
async function ownAdb(): Promise<AdbProcess & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-adb-'));
  const adb = await startAdb(folder);
  return {
    ...adb,
    [Symbol.asyncDispose]: async () => {
      await endAdb(adb);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** How each attempt at measuring ended, in the order made; on one unit, or on all. */
function attempts(desk: LabDesk, unit?: string): string[] {
  return desk.read((store) => {
    const id = store.latestRun()?.id ?? '';
    return [...store.attempts(id, 'measure')].filter((attempt) => unit === undefined || attempt.unit === unit).sort((a, b) => a.position - b.position).map((attempt) => `${attempt.block} ${attempt.record.verdict.reasons[0]?.code ?? attempt.record.verdict.status}`);
  }) ?? [];
}

const results = (desk: LabDesk): string[] => desk.read((store) => [...store.results(store.latestRun()?.id ?? '')].map((result) => result.verdict.reasons[0]?.code ?? result.verdict.status)) ?? [];

/** Waits until a launch measures: the harness is there, and the first check is over. */
async function measuring(command: Command, board: Board): Promise<void> {
  await until('a launch measures', WAIT_MS, () => command.stderr().includes('measuring '));
  for (let waited = 0; waited < 2400 && !(await harnessesOn(board)).some((line) => line.includes('harness-native')); waited++) await sleep(100);
  await sleep(200);
}

describe.skipIf(lacksLab || lacksNative)('a board that fails in the middle of a launch', () => {
  let lab: Lab;
  beforeAll(async () => { lab = await useLab([]); }, LAB_HOOK_MS);

  const desk = (board: Board, more: Pick<Partial<LabDeskOptions>, 'launches' | 'lab' | 'suite' | 'recover'> = {}): LabDesk => new LabDesk({ boards: { board }, devices: ['board'], launches: 1, seconds: SECONDS, lab: RETURN, ...more });

  test('its cable out and in again: the launch is made again, and nothing is left of the first', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    using place = desk(board);
    const command = place.start('run', 'suite.yaml');
    await measuring(command, board);
    await board.cut();
    await until('the loss is told', WAIT_MS, () => command.stderr().includes('waiting for it to come back'));
    await board.mend();
    const ended = await command.ended;
    expect(attempts(place), ended.stderr).toEqual(['0 device-lost', '0 ok']);
    expect(ended.code, ended.stderr).toBe(0);
    await expect.poll(() => harnessesOn(board)).toEqual([]);
  });

  test('a reboot: the same board with another boot id is gone on with', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    using place = desk(board);
    const command = place.start('run', 'suite.yaml');
    await measuring(command, board);
    await board.restart();
    const ended = await command.ended;
    expect(attempts(place), ended.stderr).toEqual(['0 device-lost', '0 ok']);
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('another board at the same address is not measured: the device is set aside with the reason, and readmitted by hand', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    // Long enough for the other board to be up and seen.
    using place = desk(board, { lab: 'limits: { returnSeconds: 20 }' });
    const command = place.start('run', 'suite.yaml');
    await measuring(command, board);
    await board.restart({ serial: 'ANOTHERBOARD' });
    const ended = await command.ended;
    expect(ended.code, ended.stderr).toBe(1);
    expect(attempts(place)).toEqual(['0 device-lost']);
    expect(results(place)).toEqual(['device-set-aside']);
    expect(ended.stderr).toMatch(/board is set aside: .*another device answers at this address/);
    const listed = await place.start('devices').ended;
    expect(listed.stdout).toMatch(/board {2}set-aside/);
    expect(await place.start('run', 'suite.yaml').ended).toMatchObject({ code: 3, stderr: expect.stringContaining('was set aside') });
    expect(await place.start('devices', '--readmit', 'board').ended).toMatchObject({ code: 0, stderr: expect.stringContaining('board is taken back') });
  });

  test('its power gone: the recovery command of paddock.yaml brings it back, knows which board it is for, and the launch is made again', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    const script = `
      import { Board } from ${JSON.stringify(new URL('../lab/board.ts', import.meta.url).pathname)};
      console.error(process.env.PADDOCK_DEVICE);
      if (process.env.PADDOCK_DEVICE === 'board') await (await Board.at(${JSON.stringify(board.folder)})).start();`;
    // The command is run when half of the time is over.
    using place = desk(board, { lab: 'limits: { returnSeconds: 60 }', recover: { board: [process.execPath, '--input-type=module-typescript', '-e', script] } });
    const command = place.start('run', 'suite.yaml');
    await measuring(command, board);
    await board.stop();
    const ended = await command.ended;
    expect(ended.stderr).toMatch(/board: running its recovery command\n[^]*board: its recovery command was run\n/);
    expect(attempts(place), ended.stderr).toEqual(['0 device-lost', '0 ok']);
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('its power gone before the run begins: the recovery command brings it back then too', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    const script = `
      import { Board } from ${JSON.stringify(new URL('../lab/board.ts', import.meta.url).pathname)};
      await (await Board.at(${JSON.stringify(board.folder)})).start();`;
    using place = new LabDesk({ boards: { board }, devices: ['board'], launches: 1, seconds: 1, lab: 'limits: { returnSeconds: 120 }', recover: { board: [process.execPath, '--input-type=module-typescript', '-e', script] } });
    await board.stop();
    const ended = await place.start('run', 'suite.yaml').ended;
    expect(ended.stderr).toMatch(/board: .*; running its recovery command\n[^]*board: its recovery command was run\n/);
    expect(attempts(place), ended.stderr).toEqual(['0 ok']);
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('a recovery command that does nothing: how it ended stands in the reason for which the board is set aside', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    using place = desk(board, { lab: 'limits: { returnSeconds: 8 }', recover: { board: ['sh', '-c', 'echo no such hub >&2; exit 3'] } });
    const command = place.start('run', 'suite.yaml');
    await measuring(command, board);
    await board.stop();
    const ended = await command.ended;
    expect(ended.stderr).toMatch(/board is set aside: .*its recovery command ended with 3 \(no such hub\)/);
    expect(results(place)).toEqual(['device-set-aside']);
    expect(ended.code, ended.stderr).toBe(1);
  });

  test('the adb server killed: it is started again, and the device connected again', async () => {
    await using adb = await ownAdb();
    await using board = await lab.spare({ kind: 'pixel', adbPort: adb.port });
    using place = desk(board);
    const command = place.start('run', 'suite.yaml');
    await measuring(command, board);
    await endAdb(adb);
    const ended = await command.ended;
    expect(attempts(place), ended.stderr).toEqual(['0 device-lost', '0 ok']);
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('boards at two adb servers in one run: one server killed takes only its own board along, which comes back; the other goes on', async () => {
    await using first = await ownAdb();
    await using second = await ownAdb();
    await using lost = await lab.spare({ kind: 'pixel', adbPort: first.port });
    await using kept = await lab.spare({ kind: 'galaxy', adbPort: second.port });
    using place = new LabDesk({ boards: { lost, kept }, devices: ['lost', 'kept'], launches: 2, seconds: SECONDS, lab: RETURN });
    const listed = await place.start('devices').ended;
    expect(listed.stdout).toMatch(/lost +ok[^]*kept +ok|kept +ok[^]*lost +ok/);
    const command = place.start('run', 'suite.yaml');
    await measuring(command, lost);
    await endAdb(first);
    const ended = await command.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(attempts(place, 'lost'), ended.stderr).toEqual(['0 device-lost', '0 ok', '1 ok']);
    expect(attempts(place, 'kept'), ended.stderr).toEqual(['0 ok', '1 ok']);
    expect(results(place)).toEqual(['ok', 'ok']);
    expect(ended.stderr).not.toMatch(/kept: .*(lost|waiting for it to come back)/);
    for (const board of [lost, kept]) await expect.poll(() => harnessesOn(board)).toEqual([]);
  });

  test('its system kills the harness (out of memory): tried once more, the board stays in use', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    using place = desk(board);
    const command = place.start('run', 'suite.yaml');
    await measuring(command, board);
    const harness = (await board.processes()).filter(({ command: line }) => line.includes('harness-native') && !line.includes('sh -c'));
    for (const { pid } of harness) process.kill(pid, 'SIGKILL');
    const ended = await command.ended;
    expect(attempts(place), ended.stderr).toEqual(['0 crash', '0 ok']);
    expect(ended.code, ended.stderr).toBe(0);
  });

  test('Ctrl-C: nothing runs on the board any more, its settings are as they were, and the run goes on where it was', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    const brightness = async (): Promise<string> => readFile(await board.hostPath('/data/settings/system/screen_brightness'), 'utf8').catch(() => 'unset');
    const before = await brightness();
    using place = desk(board, { launches: 2, suite: 'settings: { brightness: 77 }' });
    const command = place.start('run', 'suite.yaml');
    await measuring(command, board);
    expect(await brightness()).toBe('77\n');
    command.kill('SIGINT');
    const ended = await command.ended;
    expect(ended.code, ended.stderr).toBe(130);
    await expect.poll(() => harnessesOn(board)).toEqual([]);
    expect(await brightness()).toBe(before);
    const resumed = await place.start('run', '--resume', 'latest').ended;
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(attempts(place)).toEqual(['0 ok', '1 ok']);
  });

  test('two orchestrators after one board: one waits for the other and says for whom', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    using first = desk(board, { launches: 2 });
    using second = desk(board);
    const one = first.start('run', 'suite.yaml');
    await until('the first has the board', WAIT_MS, () => one.stderr().includes('checking '));
    const two = second.start('run', 'suite.yaml');
    const [a, b] = await Promise.all([one.ended, two.ended]);
    expect([a.code, b.code], a.stderr + b.stderr).toEqual([0, 0]);
    expect(b.stderr).toMatch(/board: process \d+ on .* \(paddock run of suite lab\) uses it; waiting/);
    const times = (desk: LabDesk) => desk.read((store) => [...store.attempts(store.latestRun()?.id ?? '')].map(({ startedAt, endedAt }) => [startedAt, endedAt] as const)) ?? [];
    const lastOfFirst = times(first).map(([, end]) => end).sort().at(-1) ?? '';
    expect((times(second).map(([start]) => start).sort()[0] ?? '') >= lastOfFirst).toBe(true);
  });
});
