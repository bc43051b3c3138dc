/** Formats of model files that an engine can be given. */
export const MODEL_FORMATS = ['onnx', 'tflite'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];
