import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { caseKey, type Case } from '../../src/domain/case.ts';
import { openStore } from '../../src/store/open-store.ts';
import { suiteText } from '../cli/paddock.ts';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';
import { exampleResult } from '../store/example.ts';
import { addNight, nightId } from '../store/nights.ts';
import { CLI, Desk, until } from './paddock.ts';

/** Only against what hangs. */
const LIMIT_MS = 120_000;
const CASE: Case = { model: 'good', variant: 'v', runtime: 'onnxruntime', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'local', options: { threads: 1, batch: 1 } };

interface Message {
  readonly runId: string;
  readonly delivery: string;
  readonly noticed: readonly { readonly id: string; readonly kind: string }[];
}

/** A receiver of webhooks that hears everything, and answers nobody before it is told to. */
interface Receiver {
  readonly url: string;
  readonly heard: readonly Message[];
  answer(): void;
}

async function receiver(answers: 'at once' | 'never'): Promise<Receiver> {
  const heard: Message[] = [];
  const waiting: ServerResponse[] = [];
  let isOpen = answers === 'at once';
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      heard.push(JSON.parse(body) as Message);
      if (isOpen) response.end();
      else waiting.push(response);
    }, () => undefined); // a sender that was killed
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, heard,
    answer: () => {
      isOpen = true;
      for (const response of waiting) response.end();
    },
  };
}

/** A desk with two good nights of a case that is broken tonight, and a second suite that nobody watches for. */
function deskWith(webhooks: readonly Receiver[]): Desk {
  const desk = new Desk(suiteText({ more: `watch: { notify: [${webhooks.map(({ url }) => `{ url: "${url}" }`).join(', ')}] }` }));
  writeFileSync(join(desk.folder, 'good.onnx'), 'no model at all');
  writeFileSync(join(desk.folder, 'other.yaml'), suiteText().replace('suite: s', 'suite: other'));
  using store = openStore(desk.storePath, { mode: 'write' });
  for (let night = 0; night < 2; night++) addNight(store, night, [{ key: caseKey(CASE), ordinal: 0, case: CASE, verdict: null }], exampleResult, { suite: 's' });
  return desk;
}

function lastRun(desk: Desk): string {
  return desk.read((store) => store.latestRun({ status: 'done' })?.id) ?? '';
}

test('killed with -9 while a webhook hangs, a run is told by the next one of any suite: to whom it was not told, and to nobody twice', async () => {
  const [quick, slow] = [await receiver('at once'), await receiver('never')];
  using desk = deskWith([quick, slow]);
  const summary = join(desk.folder, 'step.md');
  const first = desk.shell(`GITHUB_STEP_SUMMARY='${summary}' exec '${process.execPath}' '${CLI}' run suite.yaml --out first`);
  await until('both webhooks have heard, and one is told', LIMIT_MS, () => slow.heard.length > 0 && desk.read((store) => store.owedNews.find(lastRun(desk))?.told.includes('webhook 0')) === true);
  first.kill('SIGKILL');
  expect((await first.ended).signal).toBe('SIGKILL');
  const runId = lastRun(desk);
  expect(runId).not.toBe(nightId(1));

  const before = slow.heard.length;
  slow.answer();
  const next = await desk.shell(`GITHUB_STEP_SUMMARY='${summary}' '${process.execPath}' '${CLI}' run other.yaml`).ended;
  expect(next.stderr).toMatch(new RegExp(`run ${runId} \\(s\\) had not told its news[\\s\\S]*E1`));
  expect(quick.heard).toHaveLength(1);
  expect(slow.heard).toHaveLength(before + 1);
  // The receiver that hung can tell that it is the same message.
  expect(new Set([...quick.heard, ...slow.heard].map(({ delivery, runId: of, noticed }) => JSON.stringify([delivery, of, noticed.map(({ id, kind }) => [id, kind])]))).size).toBe(1);
  expect(slow.heard.at(-1)).toMatchObject({ runId, noticed: [{ id: 'E1', kind: 'broke' }] });
  for (const file of [join(desk.folder, 'first', 'changes.md'), summary]) expect(readFileSync(file, 'utf8').split('1 new change'), file).toHaveLength(2);
  expect(desk.read((store) => store.owedNews.runIds())).toEqual([]);
});

test('killed with -9 between its end and the look at its series, a run is looked at, told, and gives its results, by --resume', async () => {
  const hook = await receiver('at once');
  using desk = deskWith([hook]);
  // A pipe that nobody reads, and that is full: the run stands still where it prints its results, which is after its end and before the look.
  const pipe = join(desk.folder, 'stdout');
  execFileSync('mkfifo', [pipe]);
  const end = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => { closeSync(end); });
  expect(() => { for (;;) writeSync(end, Buffer.alloc(4096)); }).toThrow('EAGAIN');
  const first = desk.shell(`'${process.execPath}' '${CLI}' run suite.yaml --out first --json > stdout`);
  await until('the run is done', LIMIT_MS, () => lastRun(desk) !== nightId(1));
  first.killGroup('SIGKILL');
  await first.ended;
  const runId = lastRun(desk);
  expect(desk.read((store) => store.owedNews.find(runId))).toMatchObject({ findings: null, told: [] });
  expect(hook.heard).toEqual([]);

  const resumed = await desk.start('run', '--resume', 'latest', '--json', '--fail-on', 'regressed').ended;
  expect(resumed.code, resumed.stderr).toBe(1);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ run: { id: runId, status: 'done' } });
  expect(hook.heard).toMatchObject([{ runId, noticed: [{ id: 'E1', kind: 'broke' }] }]);
  expect(existsSync(join(desk.folder, 'first', 'changes.json'))).toBe(true);

  const again = await desk.start('run', '--resume', runId).ended;
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('there is nothing to resume')]);
  expect(hook.heard).toHaveLength(1);
});

test('news that a living process is about to tell are left to it; Ctrl-C leaves the rest owed and says so', async () => {
  const slow = await receiver('never');
  using desk = deskWith([slow]);
  const first = desk.start('run', 'suite.yaml', '--out', 'first');
  await until('the webhook has heard', LIMIT_MS, () => slow.heard.length > 0);
  // It lives, however long the other one takes.
  first.kill('SIGSTOP');
  const other = await desk.start('run', 'other.yaml').ended;
  expect(other.stderr).not.toContain('had not told its news');
  first.kill('SIGINT');
  first.kill('SIGCONT');
  expect(await first.ended).toMatchObject({ code: 130, stderr: expect.stringContaining('tells the rest') });
  expect(desk.read((store) => store.owedNews.runIds())).toHaveLength(1);
});

test('killed with -9 in the middle of an A/B, what the look before it found is told by the next run', async () => {
  const hook = await receiver('at once');
  using desk = deskWith([hook]);
  const nights: string[] = [];
  // Files are kept from a suite's second night on.
  for (const operator of ['Identity', 'Identity', 'Neg']) {
    writeFileSync(join(desk.folder, 'good.onnx'), onnxFile({ operator }));
    const night = await desk.start('run', 'suite.yaml').ended;
    expect(night.code, night.stderr).toBe(0);
    nights.push(lastRun(desk));
  }
  const [, lastGood = '', firstBad = ''] = nights;
  {
    using store = openStore(desk.storePath, { mode: 'write' });
    store.events.add({
      scope: 'case', suite: 's', device: 'local', kind: 'regressed', state: 'acknowledged', noticed: firstBad, noticedAt: new Date().toISOString(), lastGood, firstBad, earliest: firstBad, latest: firstBad,
      cases: [caseKey(CASE)], series: [{ key: caseKey(CASE), metric: 'latency_p50', ratio: 1.5, p: 1e-9, worse: true, firstBad, fixedBy: null }], changes: [], confirmation: null,
      acknowledgement: { by: 'me', why: 'a day', at: '2026-01-01T00:00:00.000Z', until: '2026-01-02T00:00:00.000Z' }, log: [],
    });
  }
  const first = desk.start('run', 'suite.yaml', '--out', 'first', '--confirm', '5min');
  await until('the A/B is at work', LIMIT_MS, () => first.stderr().includes('E1: '));
  first.kill('SIGKILL');
  expect((await first.ended).signal).toBe('SIGKILL');
  const runId = lastRun(desk);
  expect(hook.heard).toEqual([]);
  expect(existsSync(join(desk.folder, 'first', 'changes.json'))).toBe(false);

  const next = await desk.start('run', 'other.yaml').ended;
  expect(next.stderr).toContain(`run ${runId} (s) had not told its news`);
  expect(hook.heard).toMatchObject([{ runId, reopened: [{ id: 'E1', state: 'suspected' }] }]);
  expect(existsSync(join(desk.folder, 'first', 'changes.json'))).toBe(true);
});
