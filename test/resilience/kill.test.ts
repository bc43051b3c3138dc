import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import type { CaseResult } from '../../src/domain/result.ts';
import { Desk, SHORT_SUITE, until, type Command } from './paddock.ts';

const SEED = 7;
const KILLS = 20;
/** A harness looks twice a second whether its parent is there; a busy machine takes its time. */
const ORPHAN_MS = 60_000;
const RUN_MS = 240_000;

/** What must be the same in a run that was killed and one that was not. */
interface Shape {
  readonly launches: readonly string[];
  readonly checks: readonly string[];
  readonly results: readonly object[];
}

function shapeOfResult(result: CaseResult): object {
  return {
    key: result.key, status: result.verdict.status, inputs: result.provenance?.inputsSha256, model: result.provenance?.modelSha256, launches: result.launches.map(({ block, attempt, status }) => ({ block, attempt, status: status.status })),
    metrics: [...Object.keys(result.metrics), ...Object.keys(result.absent)].sort(), parity: result.parity?.passed, repro: result.repro.replaceAll(/\S+paddock-desk-[^/]+/g, ''),
  };
}

function shapeOf(desk: Desk, runId: string): Shape {
  using store = desk.openStore();
  const entries = [...store.attemptEntries(runId)].sort((a, b) => a.position - b.position);
  expect(new Set(entries.map((entry) => entry.position)).size).toBe(entries.length);
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind).map(({ subject, block, attempt }) => `${block} ${attempt} ${subject}`);
  return { launches: of('measure'), checks: of('verify').sort(), results: [...store.results(runId)].map(shapeOfResult) };
}

function checkIntegrity(desk: Desk): void {
  if (!existsSync(desk.storePath)) return;
  using database = new DatabaseSync(desk.storePath);
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
}

function unfinished(desk: Desk): boolean {
  return desk.read((store) => store.latestRun({ status: ['running', 'interrupted'] })) !== null;
}

/** Ends the command at its moment. False when it had ended by itself before. */
async function killAt(command: Command, moment: 'anywhere' | 'last step', delayMs: number): Promise<boolean> {
  let hasEnded = false;
  const ended = command.ended.then(() => {
    hasEnded = true;
    return 'ended' as const;
  });
  const isLastStep = (): boolean => /\[ *(\d+)\/\1\]/.test(command.stderr());
  const reached = async (): Promise<'reached'> => {
    if (moment === 'last step') await until('the last step', RUN_MS, () => isLastStep() || hasEnded);
    await sleep(delayMs);
    return 'reached';
  };
  if (await Promise.race([ended, reached()]) === 'ended') return false;
  command.kill('SIGKILL');
  return (await command.ended).signal === 'SIGKILL';
}

test(`killed with -9 at ${KILLS} moments and resumed, a run has every launch once, in the same order`, async () => {
  using plain = new Desk(SHORT_SUITE);
  const startedMs = performance.now();
  const uninterrupted = await plain.start('run', 'suite.yaml', '--seed', String(SEED)).ended;
  const lifeMs = performance.now() - startedMs;
  expect(uninterrupted, uninterrupted.stderr).toMatchObject({ code: 0 });
  using plainStore = plain.openStore();
  const expected = shapeOf(plain, plainStore.latestRun()?.id ?? '');
  expect(expected.launches).toHaveLength(2 * 3);
  expect(expected.checks).toHaveLength(2);

  const random = seededRandom(20);
  using desk = new Desk(SHORT_SUITE);
  const lastStepMs = lifeMs / 6;
  for (let kills = 0, lives = 0; kills < KILLS || unfinished(desk); lives++) {
    expect(lives).toBeLessThan(4 * KILLS);
    const resumes = unfinished(desk);
    const command = resumes ? desk.start('run', '--resume', 'latest') : desk.start('run', 'suite.yaml', '--seed', String(SEED));
    if (kills === KILLS) {
      expect(await command.ended, command.stderr()).toMatchObject({ code: 0 });
      break;
    }
    // Most of the moments anywhere in the first third of a process's life, so that a run takes several; every fourth in or after the last launch.
    const killed = await (lives % 4 === 3 ? killAt(command, 'last step', random() * lastStepMs) : killAt(command, 'anywhere', (random() * lifeMs) / 3));
    if (killed) kills++;
    else expect(await command.ended, command.stderr()).toMatchObject({ code: 0 });
    expect(await desk.leftOverAfter(ORPHAN_MS)).toEqual([]);
    checkIntegrity(desk);
  }

  using store = desk.openStore();
  const runs = store.listRuns();
  expect(runs.length).toBeGreaterThan(0);
  for (const { id, status } of runs) {
    expect(status).toBe('done');
    expect(shapeOf(desk, id)).toEqual(expected);
    const written = JSON.parse(readFileSync(join(desk.folder, 'paddock-results', id, 'results.json'), 'utf8')) as { run: { status: string }; results: CaseResult[] };
    expect(written.run.status).toBe('done');
    expect(written.results.map(shapeOfResult)).toEqual(expected.results);
  }
});
