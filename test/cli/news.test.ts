import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { caseKey, type Case } from '../../src/domain/case.ts';
import { openStore } from '../../src/store/open-store.ts';
import { exampleResult } from '../store/example.ts';
import { addNight, nightId } from '../store/nights.ts';
import { expectClean, Place, suiteText } from './paddock.ts';

let place: Place;
beforeEach(() => { place = new Place('paddock news '); });
afterEach(() => { place[Symbol.dispose](); });

const CASE: Case = { model: 'good', variant: 'v', runtime: 'onnxruntime', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'local', options: { threads: 1, batch: 1 } };
const KEY = caseKey(CASE);
const db = (): string => place.path('store.sqlite');

/** Nights before tonight, the model's file another from the second on. */
function plant(count: number): void {
  using store = openStore(db(), { mode: 'write' });
  for (let night = 0; night < count; night++) {
    addNight(store, night, [{ key: KEY, ordinal: 0, case: CASE, verdict: null }], (planned) => {
      const row = exampleResult(planned);
      return { ...row, provenance: row.provenance === null ? null : { ...row.provenance, modelSha256: (night === 0 ? 'a' : 'b').repeat(64) } };
    }, { suite: 's' });
  }
}

test('`paddock confirm` tells the suite\'s webhooks what its A/Bs made of a change', async () => {
  plant(2);
  {
    using store = openStore(db(), { mode: 'write' });
    store.events.add({
      scope: 'case', suite: 's', device: 'local', kind: 'regressed', state: 'suspected', noticed: nightId(1), noticedAt: '2026-01-02T02:00:00.000Z', lastGood: nightId(0), firstBad: nightId(1), earliest: nightId(1), latest: nightId(1),
      cases: [KEY], series: [{ key: KEY, metric: 'model_size', ratio: 1.5, p: 1e-9, worse: true, firstBad: nightId(1), fixedBy: null }], changes: [], confirmation: null, acknowledgement: null, log: [],
    });
  }
  const heard: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      heard.push(body);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => { server.close(); });
  const env = { HOOK: `http://127.0.0.1:${(server.address() as AddressInfo).port}/t0ken` };
  expectClean(await place.run(suiteText({ more: 'watch: { notify: [{ url: "env:HOOK" }] }' }), [], { env }));
  expect(heard).toEqual([]);
  const outcome = await place.call(['confirm', 'E1', '--budget', '60s', '--db', db()], { env });
  expectClean(outcome);
  expect(outcome.code, outcome.stderr).toBe(0);
  expect(heard.map((body): unknown => JSON.parse(body))).toMatchObject([{ suite: 's', noticed: [], confirmed: [{ id: 'E1', state: 'confirmed' }], refuted: [] }]);
  expect(outcome.stderr).not.toContain('t0ken');
});

test('nights on which a device was not itself are shown, and only those of the period', async () => {
  plant(6);
  {
    using store = openStore(db(), { mode: 'write' });
    store.events.markNight(nightId(3), 'local', 'the canary took 9 ms');
    store.events.markNight(nightId(4), 'other', 'the canary failed');
  }
  const changes = await place.call(['changes', '--since', '2026-01-04', '--db', db()]);
  expectClean(changes);
  expect(changes.stdout).toMatch(new RegExp(`device incident {2}run ${nightId(3)} on local: the canary took 9 ms[\\s\\S]*2 device incidents`));
  const later = await place.call(['changes', '--since', '2026-01-05', '--json', '--db', db()]);
  expect(JSON.parse(later.stdout)).toMatchObject({ incidents: [{ device: 'other' }] });
  const history = await place.call(['history', KEY, '--metric', 'latency_p50', '--db', db()]);
  expectClean(history);
  expect(history.stdout).toMatch(/d device incident: not watched[\s\S]*device incident: the canary took 9 ms/);
  expect(history.stdout).not.toContain('the canary failed');
});

test('a device is set aside by hand, with a reason and for a time', async () => {
  for (const [words, message] of [
    [['--set-aside', 'board'], '--set-aside needs --why'], [['--why', 'x'], 'are for --set-aside'], [['--set-aside', 'board', '--why', 'x', '--until', '2020-01-01'], 'no day to come'], [['--set-aside', 'local', '--why', 'x'], 'leave it out'],
  ] as const) {
    const refused = await place.call(['devices', ...words, '--db', db()]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
  for (const [until, days] of [[['--until', '3d'], 3], [[], 7]] as const) {
    const outcome = await place.call(['devices', '--set-aside', 'board', '--why', 'its battery swells', ...until, '--db', db()]);
    expectClean(outcome);
    expect([outcome.code, outcome.stderr]).toEqual([0, expect.stringContaining('no device board is known here now')]);
    using store = openStore(db(), { mode: 'read' });
    const [hold] = store.devicesSetAside();
    expect(hold).toMatchObject({ device: 'board', reason: 'its battery swells' });
    expect(Date.parse(hold?.until ?? '') - Date.parse(hold?.since ?? '')).toBe(days * 86_400_000);
  }
});
