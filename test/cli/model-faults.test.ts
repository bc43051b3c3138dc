import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';
import { expectClean, GOOD_MODEL, Place, rowOf, suiteText, type RunOutcome } from './paddock.ts';

const good = onnxFile({ operator: 'Identity' });
const HASH = createHash('sha256').update(good).digest('hex');
const OTHER_HASH = '0'.repeat(64);

let place: Place;
let outcome: RunOutcome;

/** One run of everything that can be wrong with a model, its inputs or its file, and one good model at each end. */
beforeAll(async () => {
  place = new Place();
  place.write('empty.onnx', '');
  place.write('truncated.onnx', good.subarray(0, 40));
  place.write('text.onnx', 'this is no model\n'.repeat(100));
  place.write('open.onnx', onnxFile({ operator: 'Identity', shape: ['n', 4] }));
  place.write('integers.onnx', onnxFile({ operator: 'Identity', dtype: 'int64' }));
  place.write('sqrt.onnx', onnxFile({ operator: 'Sqrt' }));
  place.write('no-operator.onnx', onnxFile({ operator: 'Frobnicate' }));
  place.write('broken.npy', 'not numpy');
  const model = (id: string, file: string, more = ''): string => `  - { id: ${id}, variants: [{ id: v, file: ${JSON.stringify(file)} }]${more} }`;
  outcome = await place.run(suiteText({
    models: `
  - ${GOOD_MODEL}
${[
      model('missing', 'nowhere.onnx'), model('folder', '.'), model('empty', 'empty.onnx'), model('truncated', 'truncated.onnx'), model('text', 'text.onnx'), model('no-operator', 'no-operator.onnx'),
      `  - { id: wrong-hash, variants: [{ id: v, file: good.onnx, sha256: "${OTHER_HASH}" }] }`,
      `  - { id: right-hash, variants: [{ id: v, file: good.onnx, sha256: "${HASH}" }] }`,
      model('outside', 'npm:onnxruntime-node/../../package.json'), model('outside-name', 'npm:../package.json'), model('no-package', 'npm:there-is-no-such-package/model.onnx'), model('no-form', 'npm:nothing'),
      model('refused-shape', 'good.onnx', ', inputs: { x: { shape: [1, 5] } }'), model('refused-rank', 'good.onnx', ', inputs: { x: { shape: [4] } }'), model('open', 'open.onnx'), model('named', 'open.onnx', ', dimensions: { n: 3 }'),
      model('no-fill', 'integers.onnx'), model('fill', 'integers.onnx', ', inputs: { x: { fill: { integers: [0, 9] } } }'),
      model('huge', 'open.onnx', ', dimensions: { n: 1000000000 }'), model('no-input', 'good.onnx', ', inputs: { y: { fill: ones } }'),
      model('broken-npy', 'good.onnx', ', inputs: { x: { file: broken.npy } }'), model('missing-npy', 'good.onnx', ', inputs: { x: { file: nowhere.npy } }'),
      model('nan', 'sqrt.onnx', ', inputs: { x: { fill: { uniform: [-2, -1] } } }'),
      model('last', `../${place.folder.split('/').at(-1) ?? ''}/good.onnx`),
    ].join('\n')}`,
  }));
});
afterAll(() => { place[Symbol.dispose](); });

test('the others go on: every case has its row, the good ones are good, and the exit code says that not all were', () => {
  expect(outcome.code).toBe(1);
  expectClean(outcome);
  expect(outcome.results).toHaveLength(25);
  for (const id of ['good', 'right-hash', 'named', 'fill', 'last']) {
    expect(rowOf(outcome.results, id).verdict).toEqual({ status: 'ok', reasons: [] });
    expect(rowOf(outcome.results, id).metrics['latency_p50']?.value).toBeGreaterThan(0);
  }
  expect(place.leftOver()).toEqual([]);
});

test.each([
  ['missing', 'model-missing', /there is no file .*nowhere\.onnx/],
  ['folder', 'model-missing', /there is no file/],
  ['empty', 'model-empty', /empty\.onnx is empty/],
  ['wrong-hash', 'model-hash-mismatch', new RegExp(`good\\.onnx has sha256 ${HASH}, the suite says ${OTHER_HASH}; take the right file, or the right hash`)],
  ['outside', 'model-outside-package', /leads outside the package; name a file inside it/],
  ['outside-name', 'model-outside-package', /leads outside the package/],
  ['no-package', 'model-missing', /install it with: npm install there-is-no-such-package/],
  ['no-form', 'model-missing', /not of the form npm:PACKAGE\/PATH/],
  ['truncated', 'model-invalid', /truncated\.onnx/],
  ['text', 'model-invalid', /text\.onnx/],
  ['no-operator', 'model-invalid', /Frobnicate/],
  ['refused-shape', 'bad-input', /input "x" has shape \[1, 5\], the model takes \[1, 4\]/],
  ['refused-rank', 'bad-input', /input "x" has shape \[4\], the model takes \[1, 4\]/],
  ['open', 'bad-input', /leaves dimension 0 \("n"\) of its input "x" open.*say its size in the suite/],
  ['no-fill', 'bad-input', /holds int64: say which values make sense/],
  ['huge', 'bad-input', /would take 16000000000 bytes/],
  ['no-input', 'bad-input', /has no input "y"; it has: x/],
  ['broken-npy', 'bad-input', /broken\.npy for input "x".*magic word/],
  ['missing-npy', 'bad-input', /nowhere\.npy for input "x".*can not be read/],
])('%s: failed, and said what, where and what to do', (id, code, message) => {
  const row = rowOf(outcome.results, id);
  expect(row.verdict.status).toBe('failed');
  expect(row.verdict.reasons).toHaveLength(1);
  expect(row.verdict.reasons[0]).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(row.metrics['latency_p50']).toBeUndefined();
  expect(outcome.stderr).toContain(id);
});

test('outputs that are not numbers: invalid, whatever the speed', () => {
  const row = rowOf(outcome.results, 'nan');
  expect(row.verdict).toEqual({ status: 'invalid', reasons: [{ code: 'not-finite', message: 'output "y" has 4 values that are NaN or infinite' }] });
});

test('every row says how to run it again, in words that a shell takes', () => {
  for (const row of outcome.results) expect(row.repro).toContain(`--case '${row.key}'`);
});
