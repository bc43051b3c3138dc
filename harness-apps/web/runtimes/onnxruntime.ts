import type { InferenceSession } from 'onnxruntime-web';
import * as wasmBuild from 'onnxruntime-web/wasm';
import * as gpuBuild from 'onnxruntime-web/webgpu';
import { softwareGpuName } from '../../../src/domain/browser.ts';
import { messageOf, Refusal } from '../../protocol/refusal.ts';
import { nowNs } from '../clock.ts';
import { gpuFactsOf } from '../gpu.ts';
import { fileLabel } from '../files.ts';
import { ABORTED, modelBytes, OUT_OF_MEMORY } from '../model-bytes.ts';
import type { Delegate, LoadRequest } from '../../protocol/model.ts';
import type { Runtime } from '../runtime.ts';
import { threadsNow } from '../threads.ts';
import { IDENTITY_MODEL } from './identity-model.ts';
import { OnnxModel } from './onnx-model.ts';

/** One of the package's builds with the WebAssembly that it runs. `webgpu` has the native WebGPU and WebNN providers; it is 12 MB larger, and its calls can be suspended, which costs time. */
interface Build {
  readonly ort: typeof wasmBuild | typeof gpuBuild;
  readonly files: string;
}
const CPU_BUILD: Build = { ort: wasmBuild, files: 'ort-wasm-simd-threaded' };
const GPU_BUILD: Build = { ort: gpuBuild, files: 'ort-wasm-simd-threaded.asyncify' };

interface WebDelegate extends Delegate {
  readonly build: Build;
  readonly provider: InferenceSession.ExecutionProviderConfig;
}

const DELEGATES: readonly WebDelegate[] = [
  { name: 'cpu', kind: 'cpu', build: CPU_BUILD, provider: 'wasm' },
  { name: 'webgpu', kind: 'gpu', build: GPU_BUILD, provider: 'webgpu' },
  { name: 'webnn-cpu', kind: 'cpu', build: GPU_BUILD, provider: { name: 'webnn', deviceType: 'cpu' } },
  { name: 'webnn-gpu', kind: 'gpu', build: GPU_BUILD, provider: { name: 'webnn', deviceType: 'gpu' } },
  { name: 'webnn-npu', kind: 'npu', build: GPU_BUILD, provider: { name: 'webnn', deviceType: 'npu' } },
];

/** onnxruntime-web. Its threads and its build are fixed by the first model that is loaded. */
export const onnxruntime: Runtime = {
  name: 'onnxruntime',
  version: `${wasmBuild.env.versions.web ?? 'unknown'} web`,
  delegates: DELEGATES.map(({ name, kind }) => ({ name, kind })),
  async load(request) {
    const delegate = DELEGATES.find(({ name }) => name === request.delegate);
    if (delegate === undefined) throw new Refusal('unknown-delegate', `onnxruntime-web has no delegate "${request.delegate}"`);
    const { threads } = request.options;
    // Without isolation it would silently take one.
    if (threads > 1 && !crossOriginIsolated) throw new Refusal('bad-option', `${threads} threads need a cross-origin isolated page (one from loopback); this one is not`);
    const bytes = await modelBytes(request.model);
    const { ort } = delegate.build;
    await start(delegate.build, threads);
    const startNs = nowNs();
    let session: InferenceSession;
    try {
      session = await ort.InferenceSession.create(bytes, sessionOptions(request, delegate.provider));
    } catch (error) {
      throw loadRefusal(request, messageOf(error));
    }
    const initNs = Math.round(nowNs() - startNs);
    if (threadsNow() < threads) throw new Refusal('bad-option', `${threads} threads were asked for; the browser started ${threadsNow()}`);
    return new OnnxModel({
      session, initNs, Tensor: ort.Tensor, profiled: request.options.profilePrefix !== undefined, threads: threadsNow(),
      softwareGpu: request.delegate === 'webgpu' ? await softwareOf(ort.env.webgpu.device) : null,
    });
  },
};

/** What this page has started: threads and build are fixed then. */
let started: { readonly build: Build; readonly threads: number } | null = null;

/** Fetches and compiles the WebAssembly and starts its threads, which is not the model's init time: a library that is there already elsewhere. */
async function start(build: Build, threads: number): Promise<void> {
  if (started !== null) {
    if (started.build === build && started.threads === threads) return;
    throw new Refusal('bad-option', `this page runs another build of onnxruntime-web, or threads: ${started.threads}, already; load the page again for another`);
  }
  const { ort, files } = build;
  const at = (name: string): string => new URL(name, location.origin).href;
  ort.env.wasm.wasmPaths = { mjs: at(`${files}.mjs`), wasm: at(`${files}.wasm`) };
  ort.env.wasm.numThreads = threads;
  try {
    const session = await ort.InferenceSession.create(IDENTITY_MODEL, { executionProviders: ['wasm'] });
    await session.release();
    started = { build, threads };
  } catch (error) {
    throw new Refusal('unknown-runtime', `onnxruntime-web does not start here: ${messageOf(error)}`);
  }
}

function sessionOptions({ delegate, options }: LoadRequest, provider: InferenceSession.ExecutionProviderConfig): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    executionMode: 'sequential',
    graphOptimizationLevel: options.graphOptimization,
    ...(options.freeDimensions === undefined ? {} : { freeDimensionOverrides: options.freeDimensions }),
    ...(options.profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: 'profile' }),
    // ONNX Runtime refuses the option together with the CPU provider itself, which can not fall back to anything.
    ...(options.strict === true && delegate !== 'cpu' ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
  };
}

/** Of the very device that the engine computes on. */
async function softwareOf(device: Promise<GPUDevice>): Promise<string | null> {
  return softwareGpuName(gpuFactsOf((await device).adapterInfo));
}

function loadRefusal({ delegate, model }: LoadRequest, message: string): Refusal {
  const label = model === null ? 'the model' : `the model ${fileLabel(model)}`;
  if (/fallback to CPU EP has been explicitly disabled/i.test(message)) return new Refusal('fallback', `${delegate} does not take every node of ${label}: ${message}`);
  // A model that WebNN can't compile is another matter, though its message has the word too.
  if (/no available backend found|Failed to get (a )?(WebGPU|GPU) adapter|WebNN is not supported|(create|get) (an? )?(WebNN|ML) ?context|createContext/i.test(message)) return new Refusal('unknown-delegate', `${delegate} does not work in this browser: ${message}`);
  if (OUT_OF_MEMORY.test(message)) return new Refusal('model-invalid', `this tab can't hold ${label}: ${message}`);
  return new Refusal('model-invalid', `ONNX Runtime ${ABORTED.test(message) ? 'aborted over' : 'refuses'} ${label}: ${message}`);
}
