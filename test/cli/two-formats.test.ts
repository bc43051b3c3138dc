import { describe, expect, test } from 'vitest';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';
import { tfliteFile } from '../fixtures/cli/tflite-file.ts';
import { lacksBrowser } from '../transport/browser.ts';
import { expectClean, Place } from './paddock.ts';

const SUITE = `suite: formats
models:
  - { id: same, inputs: { x: { fill: { uniform: [-2, 2] } } }, variants: [{ id: tflite, file: same.tflite }, { id: onnx, file: same.onnx }] }
  - { id: wrong, inputs: { x: { fill: { uniform: [-2, 2] } } }, variants: [{ id: tflite, file: wrong.tflite }, { id: onnx, file: same.onnx }] }
  - { id: renamed, variants: [{ id: tflite, file: renamed.tflite }, { id: onnx, file: same.onnx }] }
runtimes: [{ id: onnxruntime }, { id: litert }]
workloads: [{ id: w, scenario: single-stream }]
devices: [chromium]
measure: { launches: 2, maxLaunches: 2, minSeconds: 0.2, maxSeconds: 0.4 }
gates: none
`;

describe.skipIf(lacksBrowser)('one model as .onnx and as .tflite', () => {
  test('LiteRT is held against ONNX Runtime on this host\'s CPU: right, wrong, or not given the same numbers', async () => {
    using place = new Place('ptf-');
    place.write('paddock.yaml', 'adb: []\ndevices: [{ id: chromium, browser: {} }]\n');
    place.write('same.onnx', onnxFile({ operator: 'Tanh' }));
    place.write('same.tflite', tfliteFile('Tanh'));
    place.write('wrong.tflite', tfliteFile('Abs'));
    place.write('renamed.tflite', tfliteFile('Tanh', { input: 'serving_default_x:0' }));
    const outcome = await place.run(SUITE, [], { timeoutMs: 280_000 });
    expectClean(outcome);
    const of = (model: string, variant: string) => outcome.results.find((result) => result.case.model === model && result.case.variant === variant && result.verdict.status !== 'unsupported');
    for (const model of ['same', 'wrong', 'renamed']) expect(of(model, 'onnx'), model).toMatchObject({ verdict: { status: 'ok' }, parity: { passed: true, reference: 'onnx on cpu, unoptimised' } });
    // The one output is `y` there and `out` here.
    expect(of('same', 'tflite')).toMatchObject({ case: { runtime: 'litert' }, verdict: { status: 'ok' }, parity: { passed: true, reference: 'onnx on cpu, unoptimised, outputs by their order' } });
    expect(of('wrong', 'tflite')).toMatchObject({ verdict: { status: 'invalid', reasons: [{ code: 'parity' }] }, parity: { passed: false } });
    expect(of('renamed', 'tflite')).toMatchObject({ verdict: { status: 'invalid', reasons: [{ code: 'no-reference', message: expect.stringMatching(/takes serving_default_x:0 \[1, 4\], and the reference .* x \[1, 4\]/) as string }] } });
  });
});
