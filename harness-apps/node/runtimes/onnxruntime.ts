import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as OrtBinding from 'onnxruntime-node/dist/binding.js';
import type * as OrtCommon from 'onnxruntime-common';
import type { DelegateKind } from '../../../src/domain/case.ts';
import { nowNs } from '../clock.ts';
import { checkModelFile } from '../model-file.ts';
import { messageOf, Refusal } from '../../protocol/refusal.ts';
import type { Delegate, LoadRequest } from '../../protocol/model.ts';
import type { Runtime } from '../runtime.ts';
import { OnnxModel } from './onnx-model.ts';
import { asTensorConstructor } from './plain-tensor.ts';

/** What each execution provider executes on; one that is not listed here is not offered. */
const PROVIDER_KINDS: Readonly<Record<string, DelegateKind>> = {
  cpu: 'cpu', xnnpack: 'cpu', webgpu: 'gpu', cuda: 'gpu', tensorrt: 'gpu', dml: 'gpu', coreml: 'npu', qnn: 'npu', nnapi: 'npu',
};

/** ONNX Runtime's level of logging that onnxruntime-node sets itself. */
const LOG_WARNINGS = 2;

/**
 * Opens ONNX Runtime through the synchronous binding under onnxruntime-node. Its public `session.run` wraps the same call in a promise, a setImmediate and
 * argument checks, which cost 8 to 9 µs a call: 7 % of Silero VAD's 0.11 ms (measured with 1.30 on x64, medians of 6,000 calls). Throws where the native library does not load.
 */
export function openOnnxruntime(): Runtime {
  // From 1.29 on the official builds send usage data unless this is set before the library starts.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const require = createRequire(import.meta.url);
  const { binding } = require('onnxruntime-node/dist/binding.js') as typeof OrtBinding;
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  binding.initOrtOnce(LOG_WARNINGS, asTensorConstructor, true);
  const delegates: Delegate[] = binding.listSupportedBackends().flatMap(({ name, bundled }) => {
    const kind = PROVIDER_KINDS[name];
    return bundled && kind !== undefined ? [{ name, kind }] : [];
  });
  return {
    name: 'onnxruntime',
    version,
    delegates,
    load(request: LoadRequest): OnnxModel {
      // Its option `freeDimensionOverrides` is declared but not read by the Node binding (1.30): what has no effect is refused.
      if (request.options.freeDimensions !== undefined) throw new Refusal('bad-option', `onnxruntime-node ${version} can not fix free dimensions; the shape of the inputs does that here`);
      const path = checkModelFile(request.model);
      const session = new binding.InferenceSession();
      const startNs = nowNs();
      try {
        session.loadModel(path, sessionOptions(request));
      } catch (error) {
        throw loadRefusal(path, request.delegate, messageOf(error));
      }
      return new OnnxModel({ session, initNs: Math.round(nowNs() - startNs), profilePrefix: request.options.profilePrefix ?? null, softwareGpu: request.delegate === 'webgpu' ? softwareGpu() : null });
    },
  };
}

/**
 * The binding does not name its adapter, but a software one is a library in this process. SwiftShader is not among a system's drivers, so it is only there
 * when it was chosen; Mesa's lavapipe is mapped by every loader beside the real driver and tells nothing, and Dawn refuses it. Null without /proc.
 */
function softwareGpu(): string | null {
  try {
    return /libvk_swiftshader/.test(readFileSync('/proc/self/maps', 'utf8')) ? 'SwiftShader' : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function sessionOptions({ delegate, options }: LoadRequest): OrtCommon.InferenceSession.SessionOptions {
  return {
    executionProviders: [delegate],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: options.graphOptimization,
    ...(options.profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profilePrefix }),
    // ONNX Runtime refuses the option together with the CPU provider itself, which can not fall back to anything.
    ...(options.strict === true && delegate !== 'cpu' ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
  };
}

function loadRefusal(path: string, delegate: string, message: string): Refusal {
  if (/fallback to CPU EP has been explicitly disabled/i.test(message)) return new Refusal('fallback', `${delegate} does not take every node of ${path}: ${message}`);
  if (/Failed to get a WebGPU adapter|No supported adapters|Failed to load shared library|backend not found/i.test(message)) {
    return new Refusal('unknown-delegate', `${delegate} does not work on this device: ${message}`);
  }
  return new Refusal('model-invalid', `ONNX Runtime refuses ${path}: ${message}`);
}
