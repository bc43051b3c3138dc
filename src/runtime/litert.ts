import type { Engine } from './runtime.ts';

/** LiteRT (TensorFlow Lite's successor), in browsers as LiteRT.js. It tells of a model as a whole where it runs, so these are its words, not names of execution providers. */
export const litert: Engine = {
  name: 'litert',
  verifiable: 'outputs',
  formats: ['tflite'],
  referenceOn: 'device',
  graphOptimization: 'none',
  delegates: [
    { name: 'cpu', kind: 'cpu', providers: ['LiteRT CPU'] },
    { name: 'webgpu', kind: 'gpu', providers: ['LiteRT WebGPU'] },
  ],
};
