import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { caseKey, type Case } from '../../src/domain/case.ts';
import type { CaseResult } from '../../src/domain/result.ts';
import { openStore } from '../../src/store/open-store.ts';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';
import { exampleResult } from '../store/example.ts';
import { addNight, nightId, rowWith } from '../store/nights.ts';
import { expectClean, GOOD_MODEL, Place, rowOf, suiteText } from './paddock.ts';

let place: Place;
beforeEach(() => { place = new Place('paddock nights '); });
afterEach(() => { place[Symbol.dispose](); });

const CASE: Case = { model: 'good', variant: 'v', runtime: 'onnxruntime', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'local', options: { threads: 1, batch: 1 } };

/** Puts nights before tonight into the store, as rows of one case. */
function plant(count: number, c: Case, row: (row: CaseResult) => CaseResult, info: Parameters<typeof addNight>[4] = {}): void {
  const planned = { key: caseKey(c), ordinal: 0, case: c, verdict: null };
  using store = openStore(place.path('store.sqlite'), { mode: 'write' });
  for (let night = 0; night < count; night++) addNight(store, night, [planned], (each) => row(exampleResult(each)), { suite: 's', ...info });
}

test('a case that breaks is told to a webhook, signed, to the step summary and in files; the secret is nowhere', async () => {
  plant(2, CASE, (row) => row);
  const heard: { readonly body: string; readonly signature: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      heard.push({ body, signature: String(request.headers['x-paddock-signature-256']) });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => { server.close(); });
  place.write('secret.txt', 's3cret-word\n');
  place.write('good.onnx', 'no model at all');
  const watch = `watch: { notify: [{ url: "env:HOOK", secret: "file:secret.txt" }] }`;
  const outcome = await place.run(suiteText({ more: watch }), ['--fail-on', 'regressed'], { env: { HOOK: `http://127.0.0.1:${(server.address() as AddressInfo).port}/t0ken`, GITHUB_STEP_SUMMARY: place.path('step.md') } });
  expectClean(outcome);
  expect(outcome.code).toBe(1);
  expect(heard).toHaveLength(1);
  const { body, signature } = heard[0] ?? { body: '', signature: '' };
  expect(signature).toBe(`sha256=${createHmac('sha256', 's3cret-word').update(body).digest('hex')}`);
  expect(JSON.parse(body)).toMatchObject({ schemaVersion: 1, suite: 's', noticed: [{ id: 'E1', kind: 'broke', state: 'suspected', lastGood: nightId(1) }], open: [{ id: 'E1' }] });
  expect(readFileSync(place.path('step.md'), 'utf8')).toContain('**broke**');
  expect(readFileSync(place.path('out', 'changes.md'), 'utf8')).toContain('1 new change');
  for (const file of ['out/changes.json', 'out/results.json', 'out/report.html', 'store.sqlite']) expect(readFileSync(place.path(file), 'latin1')).not.toMatch(/s3cret-word|t0ken/);
  expect(outcome.stderr).not.toMatch(/s3cret-word|t0ken/);
  const list = await place.call(['changes', '--since', '2026-01-01', '--db', place.path('store.sqlite')]);
  expectClean(list);
  expect(list.stdout).toMatch(/E1 {2}suspected {2}broke: failed/);
});

test('webhooks that are down, refuse, or have no secret are warnings; the run is what it is', async () => {
  plant(2, CASE, (row) => ({ ...row, verdict: { status: 'failed', reasons: [{ code: 'x', message: 'y' }] } }));
  using store = openStore(place.path('store.sqlite'), { mode: 'write' });
  store.events.add({
    scope: 'case', suite: 's', device: 'local', kind: 'broke', state: 'suspected', noticed: nightId(1), noticedAt: '2026-01-02T02:00:00.000Z', lastGood: nightId(0), firstBad: nightId(1), earliest: nightId(1), latest: nightId(1),
    cases: [caseKey(CASE)], series: [], changes: [], confirmation: null, acknowledgement: null, log: [],
  });
  const server = createServer((_, response) => response.writeHead(403).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => { server.close(); });
  const watch = `watch: { notify: [{ url: "http://127.0.0.1:${(server.address() as AddressInfo).port}/h4sh" }, { url: "http://example.invalid/h4sh" }, { url: "https://127.0.0.1:1/h4sh", secret: "env:NO_SUCH_SECRET" }] }`;
  const outcome = await place.run(suiteText({ more: watch }), [], { env: { GITHUB_STEP_SUMMARY: place.path('no', 'such', 'folder.md') } });
  expectClean(outcome);
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toContain('E1 fixed');
  expect(outcome.stderr.match(/was not told/g)).toHaveLength(3);
  expect(outcome.stderr).toMatch(/it answered 403[\s\S]*not https[\s\S]*the environment has no NO_SUCH_SECRET/);
  expect(outcome.stderr).toContain('the step summary can not be written');
  expect(outcome.stderr).not.toContain('h4sh');
});

test('a canary far from its own nights sets the device aside: its cases are not measured, and the night is marked', async () => {
  const canary: Case = { ...CASE, model: 'canary', variant: 'fp32', workload: 'single-stream' };
  plant(12, canary, (row) => rowWith({ key: row.key, ordinal: 0, case: row.case, verdict: null }, 0.001), { suite: 'canary', purpose: 'canary' });
  const outcome = await place.run(suiteText({ more: 'watch: { canary: true }' }));
  expectClean(outcome);
  expect(outcome.code).toBe(1);
  expect(rowOf(outcome.results, 'good').verdict).toMatchObject({ status: 'skipped', reasons: [{ code: 'device-incident', message: expect.stringContaining('the canary took') }] });
  using store = openStore(place.path('store.sqlite'), { mode: 'read' });
  expect(store.events.incidentNights()).toMatchObject([{ device: 'local', runId: store.latestRun()?.id }]);
  expect(store.devicesSetAside()).toMatchObject([{ device: 'local', until: expect.any(String) }]);
  expect(readFileSync(place.path('out', 'changes.md'), 'utf8')).toContain('**Device incident** on local');
});

test('a canary that is like itself, or still learned, lets the run be', async () => {
  const outcome = await place.run(suiteText({ more: 'watch: { canary: true }' }));
  expectClean(outcome);
  expect(outcome.code, outcome.stderr).toBe(0);
  using store = openStore(place.path('store.sqlite'), { mode: 'read' });
  expect(store.history.series().some(({ case: c, suite }) => c.model === 'canary' && suite === 'canary')).toBe(true);
  expect(store.history.nights()).toHaveLength(1);
});

test('a budget without time for all takes the cases of open changes first, then those not measured for the longest', async () => {
  const models = ['a', 'b', 'c'].map((id) => GOOD_MODEL.replace('id: good', `id: ${id}`)).join(', ');
  plant(2, { ...CASE, model: 'a' }, (row) => row);
  {
    using store = openStore(place.path('store.sqlite'), { mode: 'write' });
    const key = caseKey({ ...CASE, model: 'c' });
    store.events.add({
      scope: 'case', suite: 's', device: 'local', kind: 'regressed', state: 'suspected', noticed: nightId(1), noticedAt: '2026-01-02T02:00:00.000Z', lastGood: nightId(0), firstBad: nightId(1), earliest: nightId(1), latest: nightId(1),
      cases: [key], series: [], changes: [], confirmation: null, acknowledgement: null, log: [],
    });
  }
  // Ten launches are reckoned with 12 s: one case has room, whatever its check really takes, and a second one has not.
  const outcome = await place.run(suiteText({ models: `[${models}]` }).replace('launches: 1, maxLaunches: 1', 'launches: 10, maxLaunches: 10'), ['--budget', '20s']);
  expectClean(outcome);
  const measured = outcome.results.filter(({ launches }) => launches.length > 0).map(({ case: c }) => c.model);
  expect(measured).toContain('c');
  expect(measured).not.toContain('a');
});

test('a case that failed its check takes no room of the budget from the others', async () => {
  place.write('rejected.onnx', onnxFile({ operator: 'Frobnicate' }));
  // Fifteen launches are reckoned with 18 s: there is no room for those of both.
  const outcome = await place.run(suiteText({ models: `[{ id: rejected, variants: [{ id: v, file: rejected.onnx }] }, ${GOOD_MODEL}]` }).replace('launches: 1, maxLaunches: 1', 'launches: 15, maxLaunches: 15'), ['--budget', '32s']);
  expectClean(outcome);
  expect(rowOf(outcome.results, 'rejected').verdict.status).toBe('failed');
  expect(rowOf(outcome.results, 'good').verdict).toEqual({ status: 'ok', reasons: [] });
});

test('an acknowledgement needs a reason and an event that is there; a span or a day that has passed is refused', async () => {
  plant(1, CASE, (row) => row);
  const db = place.path('store.sqlite');
  for (const [words, message] of [
    [['E1', '--why', 'x'], 'has no event "E1"'], [['E1', '--why', '  '], '--why needs a reason'], [['E1', '--why', 'x', '--until', '2020-01-01'], 'no day to come'], [['E1', '--why', 'x', '--until', 'soon'], 'no span of time'],
  ] as const) {
    const outcome = await place.call(['ack', ...words, '--db', db]);
    expectClean(outcome);
    expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});

test('two runtimes of a suite are checked side by side, two runs one after the other', async () => {
  const runtimes = '[{ id: old, engine: onnxruntime }, { id: new, engine: onnxruntime, graphOptimization: disabled }]';
  const file = place.write('suite.yaml', suiteText({ runtimes }));
  const outcome = await place.call(['check', file, '--base', 'old', '--head', 'new', '--json', '--db', place.path('store.sqlite')]);
  expectClean(outcome);
  expect(JSON.parse(outcome.stdout)).toMatchObject({ schemaVersion: 1, pairs: 1, changes: [{ field: 'options' }] });
  const unknown = await place.call(['check', file, '--base', 'old', '--head', 'other', '--db', place.path('store.sqlite')]);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('no runtime "other"')]);
  const model = JSON.parse(readFileSync((await place.run(suiteText())).code === 0 ? place.path('out', 'results.json') : '', 'utf8')) as { results: { verdict: unknown }[] };
  for (const result of model.results) result.verdict = { status: 'failed', reasons: [{ code: 'crash', message: 'driver 2 fell' }] };
  writeFileSync(place.path('broken.json'), JSON.stringify(model));
  const runs = await place.call(['check', '--base', 'latest', '--head', place.path('broken.json'), '--db', place.path('store.sqlite')]);
  expectClean(runs);
  expect(runs.code).toBe(1);
  expect(runs.stdout).toMatch(/worse +verdict +good.*ok before, failed now: driver 2 fell/);
});
