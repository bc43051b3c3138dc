import type { Engine } from './runtime.ts';

const WEBNN = ['WebNNExecutionProvider'];

/** ONNX Runtime. Delegates are its execution providers under the names that its JavaScript and C interfaces take. */
export const onnxruntime: Engine = {
  name: 'onnxruntime',
  verifiable: 'outputs',
  formats: ['onnx'],
  referenceOn: 'host',
  graphOptimization: 'levels',
  delegates: [
    { name: 'cpu', kind: 'cpu', providers: ['CPUExecutionProvider'] },
    { name: 'xnnpack', kind: 'cpu', providers: ['XnnpackExecutionProvider'] },
    { name: 'webgpu', kind: 'gpu', providers: ['WebGpuExecutionProvider'] },
    { name: 'cuda', kind: 'gpu', providers: ['CUDAExecutionProvider'] },
    { name: 'tensorrt', kind: 'gpu', providers: ['TensorrtExecutionProvider'] },
    { name: 'dml', kind: 'gpu', providers: ['DmlExecutionProvider'] },
    { name: 'coreml', kind: 'npu', providers: ['CoreMLExecutionProvider'] },
    { name: 'nnapi', kind: 'npu', providers: ['NnapiExecutionProvider'] },
    { name: 'qnn', kind: 'npu', providers: ['QNNExecutionProvider'] },
    // In browsers. The device type is a hint, which the user agent may leave aside (W3C WebNN, MLContextOptions).
    { name: 'webnn-cpu', kind: 'cpu', providers: WEBNN, isOpaque: true },
    { name: 'webnn-gpu', kind: 'gpu', providers: WEBNN, isOpaque: true },
    { name: 'webnn-npu', kind: 'npu', providers: WEBNN, isOpaque: true },
  ],
};
