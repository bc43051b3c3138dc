import { afterAll, beforeAll, describe } from 'vitest';
import { lacksChromium } from '../chromium.ts';
import { NO_MODEL, TRAINED_MODELS } from './models.ts';
import { type ConformanceModel, describeConformance, type DevicePlace } from './suite.ts';
import { WebPage } from './web-page.ts';

const FACE_DETECTION: ConformanceModel = {
  name: 'MediaPipe face detection',
  path: new URL('../../node_modules/@mediapipe/face_detection/face_detection_short_range.tflite', import.meta.url).pathname,
  inputs: [{ name: 'input', dtype: 'float32', shape: [1, 128, 128, 3] }],
  outputs: [{ name: 'regressors', dtype: 'float32', shape: [1, 896, 16] }, { name: 'classificators', dtype: 'float32', shape: [1, 896, 1] }],
  shapes: { input: [1, 128, 128, 3] },
};

describe.skipIf(lacksChromium)('in Chromium', () => {
  let page: WebPage;
  beforeAll(async () => { page = await WebPage.open(); });
  afterAll(async () => { await page[Symbol.asyncDispose](); });
  const start = () => page.start();
  const place: DevicePlace = { bring: (path) => page.place.bring(path), folder: () => page.place.folder(), list: (folder) => page.place.list(folder) };
  const common = { startUnderParent: null, place, affinity: 'refused', shortCalls: 'grouped' } as const;

  // Recognition takes 30 times as long and shows nothing that these two don't.
  describeConformance('web, onnxruntime', start, {
    ...common, runtime: 'onnxruntime', delegate: 'cpu', models: TRAINED_MODELS.filter(({ name }) => !name.includes('recognition')), reads: 'models-and-inputs', placement: 'nodes',
  });
  describeConformance('web, litert', start, { ...common, runtime: 'litert', delegate: 'cpu', models: [FACE_DETECTION], reads: 'models-and-inputs', placement: 'whole' });
  describeConformance('web, null', start, { ...common, runtime: 'null', delegate: 'cpu', models: [NO_MODEL], reads: 'nothing', placement: 'none' });
});
