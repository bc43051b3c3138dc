import type { HarnessFacts } from '../domain/launch.ts';
import type { Reason } from '../domain/verdict.ts';
import type { Tensor, TensorSignature } from '../domain/tensor.ts';
import { DTYPES, elementCount, isDtype } from '../domain/tensor.ts';
import { coresOf } from '../device/cores.ts';
import { HarnessClient } from '../harness/client.ts';
import { HarnessCrash, HarnessGarbage, HarnessHang, HarnessRefusal } from '../harness/faults.ts';
import type { HarnessEvent, LoadOptions } from '../harness/protocol.ts';
import type { InputSet } from './inputs.ts';
import type { LaunchTarget } from './target.ts';

/** Starting the process and answering hello. Loading a runtime's library from a cold disk on a busy machine took up to 5 s. */
const HELLO_MS = 30_000;
/** For requests that compute nothing. */
export const SMALL_REQUEST_MS = 30_000;
/** Releasing a model and leaving took up to 0.2 s on a busy machine. */
const BYE_MS = 10_000;

/** A harness with a model loaded. */
export interface LoadedModel {
  readonly client: HarnessClient;
  readonly facts: HarnessFacts;
  readonly initNs: number;
  /** What the model takes. */
  readonly inputs: readonly TensorSignature[];
  /** Name of the software that plays the GPU, null on real hardware. */
  readonly softwareGpu: string | null;
  /** What is to be said of its loading. */
  readonly warnings: readonly Reason[];
  /** Memory of the process before the model was loaded, bytes; null where the harness can't read it. */
  readonly baselineBytes: number | null;
}

/** A harness with the target's model loaded and its inputs set. */
export interface ModelSession extends Omit<LoadedModel, 'inputs'> {
  readonly inputs: InputSet;
}

export async function startHarness(target: Pick<LaunchTarget, 'device' | 'argv' | 'limits'>, signal: AbortSignal): Promise<HarnessClient> {
  return HarnessClient.start(target.device.transport, target.argv, { signal, helloTimeoutMs: HELLO_MS, memoryLimitBytes: target.limits.memoryBytes });
}

/** Brings the model to the device and loads it. The caller closes the client. Throws the harness client's errors. */
export async function loadModel(client: HarnessClient, target: LaunchTarget, extra: Pick<LoadOptions, 'profilePrefix'>, signal: AbortSignal): Promise<LoadedModel> {
  const { runtime, engine, limits } = target;
  const hello = client.hello;
  const offered = hello.runtimes.find((item) => item.name === engine.name);
  const before = await client.memory(SMALL_REQUEST_MS);
  const cores = coresOf(runtime.affinity, target.device.profile);
  const path = await target.device.transport.push(target.file.path, target.file.sha256, signal);
  const loaded = await client.load({
    runtime: engine.name, model: path, delegate: target.delegate.name,
    options: {
      threads: target.case.options.threads, graphOptimization: runtime.graphOptimization,
      ...(runtime.fallback === 'failed' ? { strict: true } : {}), ...(cores === null ? {} : { affinity: cores }), ...extra,
    },
  }, limits.loadMs);
  // A harness that does not know the option would run anywhere.
  if (cores !== null && loaded.affinity?.join() !== cores.join()) throw new HarnessRefusal('bad-option', `the harness was to stay on cores ${cores.join()}, but ${loaded.affinity === undefined ? 'does not say where it runs' : `may run on ${loaded.affinity.join()}`}`, client.log);
  return {
    client, inputs: loaded.inputs, initNs: loaded.initNs, softwareGpu: loaded.softwareGpu ?? null,
    warnings: loaded.notKept === undefined ? [] : [{ code: 'model-not-kept', message: `the browser does not keep the model, which is sent anew for each launch: ${loaded.notKept}` }], baselineBytes: before.currentBytes ?? null,
    facts: { harness: `${hello.harness.name} ${hello.harness.version}`, runtimeVersion: `${engine.name} ${offered?.version ?? 'unknown'}`, clockResolutionNs: hello.clockResolutionNs, ...(loaded.affinity === undefined ? {} : { affinity: loaded.affinity }), ...(loaded.threads === undefined ? {} : { threads: loaded.threads }), ...(hello.browser === undefined ? {} : { browser: hello.browser }) },
  };
}

/** Loads the model and gives it its inputs. The caller closes the client. Throws the harness client's errors and InputError. */
export async function openModel(client: HarnessClient, target: LaunchTarget, extra: Pick<LoadOptions, 'profilePrefix'>, signal: AbortSignal): Promise<ModelSession> {
  const loaded = await loadModel(client, target, extra, signal);
  const inputs = await target.makeInputs(loaded.inputs, target.case.options.batch);
  const samples = [];
  for (const sample of inputs.samples) {
    const tensors = [];
    for (const { name, dtype, shape, path: file, sha256 } of sample) tensors.push({ name, dtype, shape, path: await target.device.transport.push(file, sha256, signal) });
    samples.push(tensors);
  }
  await client.inputs({ samples, carry: target.model.carry }, SMALL_REQUEST_MS);
  return { ...loaded, inputs };
}

/** Asks the harness to end. One that hangs or falls only now has answered everything before: that is told, and takes nothing from what it measured. */
export async function sayBye(client: HarnessClient): Promise<Reason | null> {
  try {
    await client.bye(BYE_MS);
    return null;
  } catch (error) {
    if (!(error instanceof HarnessHang || error instanceof HarnessCrash)) throw error;
    return { code: 'bad-end', message: `${error.message}; everything was measured before` };
  }
}

type SentTensor = Extract<HarnessEvent, { event: 'outputs' }>['outputs'][number];

/** Outputs as a harness sent them, checked. Throws HarnessGarbage. */
export function readOutputs(outputs: readonly SentTensor[], log: string): Tensor[] {
  return outputs.map((output) => {
    if (!isDtype(output.dtype)) throw new HarnessGarbage(`output "${output.name}" has type ${output.dtype}, which is not known`, log);
    const bytes = Buffer.from(output.data, 'base64');
    const expected = elementCount(output.shape) * DTYPES[output.dtype];
    if (bytes.length !== expected) throw new HarnessGarbage(`output "${output.name}" has ${bytes.length} bytes, its shape [${output.shape.join(', ')}] of ${output.dtype} asks for ${expected}`, log);
    return { name: output.name, dtype: output.dtype, shape: output.shape, bytes };
  });
}

/** The outputs for the first `count` input samples. */
export async function inferSamples(session: ModelSession, count: number, timeoutMs: number): Promise<Tensor[][]> {
  const all: Tensor[][] = [];
  for (let sample = 0; sample < Math.min(count, session.inputs.samples.length); sample++) {
    const { outputs } = await session.client.infer({ sample }, timeoutMs);
    all.push(readOutputs(outputs, session.client.log));
  }
  return all;
}
