import { copyFileSync, existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ORT_LIBRARY } from '../harness-conformance/native.ts';
import { lacks } from '../lacks.ts';
import { expectClean, Place, rowOf, suiteText } from './paddock.ts';

const built = existsSync(new URL(`../../harness-apps/native/build/${process.platform}-${process.arch}/harness-native`, import.meta.url));

test.skipIf(lacks('a build of the native harness', built, 'npm run build:native'))('Node, native and a library of one\'s own in one suite: each is told apart, held on its core, and what can\'t be is told', async () => {
  using place = new Place();
  copyFileSync(ORT_LIBRARY, place.path('mine.so'));
  const native = (id: string, more: string): string => `{ id: ${id}, engine: onnxruntime, harness: native, ${more} }`;
  const outcome = await place.run(suiteText({
    runtimes: `[{ id: node, engine: onnxruntime, affinity: [0] }, ${native('native', 'affinity: [0]')}, ${native('mine', 'library: ./mine.so')}, ${native('other', 'library: ./good.onnx')},
      ${native('gone', 'library: ./gone.so')}, ${native('cluster', 'affinity: big-cores')}, ${native('core', 'affinity: [1023]')}]`,
  }));
  expectClean(outcome);
  const row = (id: string) => rowOf(outcome.results, id);
  for (const id of ['node', 'native', 'mine']) expect(row(id).verdict, id).toEqual({ status: 'ok', reasons: [] });
  expect(row('node').provenance?.harness).toMatch(/^paddock-node /);
  expect(row('native').provenance).toMatchObject({ harness: expect.stringMatching(/^paddock-native /) as string, runtimeVersion: expect.stringMatching(/^onnxruntime 1\./) as string });
  expect(row('mine').provenance?.harnessSha256).not.toBe(row('native').provenance?.harnessSha256);
  expect(JSON.parse(row('native').provenance?.options ?? '')).toMatchObject({ affinity: [0] });
  expect(JSON.parse(row('mine').provenance?.options ?? '')).toMatchObject({ library: './mine.so' });
  expect(row('other').verdict).toMatchObject({ status: 'unsupported', reasons: [{ code: 'runtime-not-offered' }] });
  expect(row('gone').verdict).toMatchObject({ status: 'failed', reasons: [{ code: 'harness-missing', message: expect.stringContaining('gone.so') as string }] });
  expect(row('cluster').verdict).toMatchObject({ status: 'unsupported', reasons: [{ code: 'no-such-cluster', message: expect.stringContaining('big-cores') as string }] });
  expect(row('core').verdict).toMatchObject({ status: 'unsupported', reasons: [{ code: 'bad-option' }] });
});

test('a library without the native harness is a fault of the suite', async () => {
  using place = new Place();
  const outcome = await place.run(suiteText({ runtimes: '[{ id: onnxruntime, library: ./mine.so }]' }));
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(/library.*harness: native/);
});
