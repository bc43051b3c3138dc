import type { Engine } from './runtime.ts';

const WEBNN = ['WebNNExecutionProvider'];

/** ONNX Runtime. Delegates are its execution providers under the names that its JavaScript and C interfaces take. */
export const onnxruntime: Engine = {
  name: 'onnxruntime',
  verifiable: 'outputs',
  formats: ['onnx'],
  referenceOn: 'host',
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
    // In browsers; which device WebNN computes on is asked for by type.
    { name: 'webnn-cpu', kind: 'cpu', providers: WEBNN },
    { name: 'webnn-gpu', kind: 'gpu', providers: WEBNN },
    { name: 'webnn-npu', kind: 'npu', providers: WEBNN },
  ],
};
