import { loadLiteRt, type CompiledModel, type LiteRt } from '@litertjs/core';
import manifest from '@litertjs/core/package.json' with { type: 'json' };
import type { DelegateKind } from '../../../src/domain/case.ts';
import { softwareGpuName } from '../../../src/domain/browser.ts';
import { messageOf, Refusal } from '../../protocol/refusal.ts';
import { nowNs } from '../clock.ts';
import { gpuFactsOf } from '../gpu.ts';
import { fileLabel } from '../files.ts';
import { ABORTED, modelBytes, OUT_OF_MEMORY } from '../model-bytes.ts';
import type { LoadRequest } from '../../protocol/model.ts';
import type { Runtime } from '../runtime.ts';
import { threadsNow } from '../threads.ts';
import { LiteRtModel } from './litert-model.ts';

interface Accelerator {
  readonly name: string;
  readonly kind: DelegateKind;
  readonly accelerator: 'wasm' | 'webgpu';
}
const ACCELERATORS: readonly Accelerator[] = [{ name: 'cpu', kind: 'cpu', accelerator: 'wasm' }, { name: 'webgpu', kind: 'gpu', accelerator: 'webgpu' }];

/** LiteRT.js. Its build, and with it whether there are threads, is fixed by the first model that is loaded. */
export const litert: Runtime = {
  name: 'litert',
  version: `${manifest.version} web`,
  delegates: ACCELERATORS.map(({ name, kind }) => ({ name, kind })),
  async load(request) {
    const chosen = ACCELERATORS.find(({ name }) => name === request.delegate);
    if (chosen === undefined) throw new Refusal('unknown-delegate', `LiteRT.js has no delegate "${request.delegate}"`);
    refuseOptions(request, chosen.accelerator);
    const { threads } = request.options;
    const bytes = await modelBytes(request.model);
    const engine = await start(chosen.accelerator, threads);
    const device = chosen.accelerator === 'webgpu' ? engine.getWebGpuDevice() : null;
    if (chosen.accelerator === 'webgpu' && device === null) throw new Refusal('unknown-delegate', 'LiteRT.js found no WebGPU device in this browser');
    const startNs = nowNs();
    let model: CompiledModel;
    try {
      model = await engine.loadAndCompile(bytes, { accelerator: chosen.accelerator, cpuOptions: { numThreads: threads } });
    } catch (error) {
      throw loadRefusal(request, messageOf(error));
    }
    const initNs = Math.round(nowNs() - startNs);
    if (threadsNow() < threads) throw new Refusal('bad-option', `${threads} threads were asked for; LiteRT.js runs ${threadsNow()}`);
    const whole = model.options.accelerator === chosen.accelerator && (chosen.accelerator === 'wasm' || model.isFullyAccelerated);
    if (!whole && request.options.strict === true) throw new Refusal('fallback', `LiteRT.js does not take every operator of the model to ${request.delegate}`);
    return new LiteRtModel({
      model, initNs, profiled: request.options.profilePrefix !== undefined, threads: threadsNow(),
      placed: { accelerator: model.options.accelerator === 'wasm' ? 'CPU' : 'WebGPU', whole },
      softwareGpu: device === null ? null : softwareGpuName(gpuFactsOf(device.adapterInfo)),
    });
  },
};

function refuseOptions({ delegate, options }: LoadRequest, accelerator: Accelerator['accelerator']): void {
  if (options.freeDimensions !== undefined) throw new Refusal('bad-option', 'LiteRT.js can not fix free dimensions');
  if (options.threads > 1 && accelerator !== 'wasm') throw new Refusal('bad-option', `LiteRT.js has no threads beside ${delegate}; take threads: 1`);
  if (options.threads > 1 && !crossOriginIsolated) throw new Refusal('bad-option', `${options.threads} threads need a cross-origin isolated page (one from loopback); this one is not`);
}

/** What this page has started: the engine can't be had a second time otherwise. */
let started: { readonly engine: LiteRt; readonly accelerator: Accelerator['accelerator']; readonly threads: number } | null = null;

/** Fetches and compiles the WebAssembly, which is not the model's init time. Where calls can be suspended (JSPI), a model that a GPU takes only in part still runs there in part. */
async function start(accelerator: Accelerator['accelerator'], threads: number): Promise<LiteRt> {
  if (started !== null) {
    if (started.accelerator === accelerator && started.threads === threads) return started.engine;
    throw new Refusal('bad-option', `this page runs LiteRT.js on ${started.accelerator} with threads: ${started.threads} already; load the page again for another`);
  }
  const threaded = threads > 1;
  const suspends = accelerator === 'webgpu' && 'Suspending' in WebAssembly;
  // In a worker its threads would be started from the worker's own script.
  if (threaded) Object.assign(globalThis, { Module: { mainScriptUrlOrBlob: new URL('litert_wasm_threaded_internal.js', location.origin).href } });
  try {
    const engine = await loadLiteRt(new URL('.', location.origin).href, threaded ? { threads: true } : suspends ? { jspi: true } : {});
    started = { engine, accelerator, threads };
    return engine;
  } catch (error) {
    throw new Refusal('unknown-runtime', `LiteRT.js does not start here: ${messageOf(error)}`);
  }
}

function loadRefusal({ model }: LoadRequest, message: string): Refusal {
  const label = model === null ? 'the model' : `the model ${fileLabel(model)}`;
  if (OUT_OF_MEMORY.test(message)) return new Refusal('model-invalid', `this tab can't hold ${label}, or it is none: ${message}`);
  return new Refusal('model-invalid', `LiteRT.js ${ABORTED.test(message) ? 'aborted over' : 'refuses'} ${label}: ${message}`);
}
