import type { Runtime } from '../runtime.ts';
import { litert } from './litert.ts';
import { nullRuntime } from './null.ts';
import { onnxruntime } from './onnxruntime.ts';

/** Every runtime that this page carries. The WebAssembly of a runtime is fetched when a model is loaded. */
export const RUNTIMES: readonly Runtime[] = [onnxruntime, litert, nullRuntime];
