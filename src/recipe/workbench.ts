import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeSchema, workloadSchema, type ModelSpec } from '../domain/suite.ts';
import type { Tensor } from '../domain/tensor.ts';
import type { Device } from '../device/device.ts';
import type { ModelFile } from '../harness/model-file.ts';
import { launchFault } from '../measure/fault.ts';
import { inferSamples, openModel, startHarness, type ModelSession } from '../measure/session.ts';
import type { LaunchLimits, LaunchTarget } from '../measure/target.ts';
import { findDelegate, findEngine } from '../runtime/registry.ts';
import { calibrationInputs, type CalibrationSource } from './calibration-source.ts';
import { RecipeError } from './recipe-error.ts';

const ENGINE = 'onnxruntime';
const BYE_MS = 30_000;

export interface WorkbenchOptions {
  readonly device: Device;
  /** Command of the harness app that carries ONNX Runtime. */
  readonly argv: readonly string[];
  readonly limits: LaunchLimits;
  readonly parent: ModelFile;
  readonly calibration: CalibrationSource;
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
}

/** The parent's answers on the calibration inputs. */
export interface ParentRun {
  readonly outputs: readonly (readonly Tensor[])[];
  readonly runtime: string;
}

/** Runs models through the harness on the calibration inputs: CPU, one thread, each model in a process of its own. Closing it removes its temporary files. */
export class Workbench implements AsyncDisposable {
  readonly #options: WorkbenchOptions;
  #folder: Promise<string> | null = null;
  #parent: Promise<ParentRun> | null = null;
  #models = 0;

  constructor(options: WorkbenchOptions) {
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  get device(): Device {
    return this.#options.device;
  }

  /** Outputs that feed an input of the next inference: a model that is run here must keep them. */
  get carried(): ReadonlySet<string> {
    return new Set(Object.values(this.#options.calibration.model.carry));
  }

  /** A folder for temporary files, gone when the workbench is closed. */
  async folder(): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'paddock-recipe-'));
    return this.#folder;
  }

  /** The parent's outputs, computed once. Throws RecipeError when the parent itself does not run on the calibration inputs. */
  async parent(): Promise<ParentRun> {
    this.#parent ??= this.#with(this.#options.parent, 'the parent model does not run on the calibration inputs', async (session) => ({
      outputs: await inferSamples(session, session.inputs.samples.length, this.#options.limits.inferenceMs), runtime: session.facts.runtimeVersion,
    }));
    return this.#parent;
  }

  /** The outputs of a model with the parent's inputs, sample by sample, for the first `most` of them. Throws RecipeError: `refused` with the runtime's own words. */
  async run(bytes: Uint8Array, what: string, most = Number.POSITIVE_INFINITY): Promise<Tensor[][]> {
    return this.#with(await this.#store(bytes), what, (session) => inferSamples(session, Math.min(most, session.inputs.samples.length), this.#options.limits.inferenceMs));
  }

  /** Median latency of back-to-back inferences, ns: an indication for choosing, no measurement. */
  async medianLatencyNs(bytes: Uint8Array, seconds: number): Promise<number> {
    return this.#with(await this.#store(bytes), 'the model could not be timed', async ({ client }) => {
      const timeoutMs = seconds * 1000 + this.#options.limits.inferenceMs;
      const plan = { scenario: 'single-stream', count: 1_000_000, callsPerQuery: 1 } as const;
      await client.run({ ...plan, durationNs: Math.round(seconds * 2e8) }, timeoutMs);
      const { latenciesNs } = await client.run({ ...plan, durationNs: Math.round(seconds * 1e9) }, timeoutMs);
      const ordered = Float64Array.from(latenciesNs).sort();
      return ordered[ordered.length >> 1] ?? Number.NaN;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== null) await rm(await this.#folder, { recursive: true, force: true });
  }

  async #store(bytes: Uint8Array): Promise<ModelFile> {
    const path = join(await this.folder(), `${this.#models++}.onnx`);
    await writeFile(path, bytes);
    return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length, source: path };
  }

  async #with<T>(file: ModelFile, what: string, work: (session: ModelSession) => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    const target = this.#target(file);
    try {
      await using client = await startHarness(target, signal);
      const result = await work(await openModel(client, target, {}, signal));
      await client.bye(BYE_MS);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      const fault = launchFault(error);
      if (fault === null) throw error;
      const [reason] = fault.verdict.reasons;
      throw new RecipeError(reason?.code === 'bad-input' ? 'calibration' : 'refused', `${what}: ${reason?.message ?? 'no reason was given'}`, { cause: error });
    } finally {
      if (file !== this.#options.parent) await rm(file.path, { force: true });
    }
  }

  #target(file: ModelFile): LaunchTarget {
    const { device, argv, limits, calibration, cacheFolder } = this.#options;
    const engine = findEngine(ENGINE);
    const delegate = engine === null ? null : findDelegate(engine, 'cpu');
    if (engine === null || delegate === null) throw new Error(`there is no engine ${ENGINE}`);
    const model: ModelSpec = calibration.model;
    return {
      device, argv, limits, model, engine, delegate, file,
      variant: { id: 'variant', file: file.path, precision: 'fp32' },
      runtime: runtimeSchema.parse({ id: ENGINE }), workload: workloadSchema.parse({ id: 'calibration', scenario: 'single-stream' }),
      case: { model: model.id, variant: 'variant', runtime: ENGINE, delegate: delegate.name, workload: 'calibration', scenario: 'single-stream', device: device.facts.id, options: { threads: 1, batch: 1 } },
      makeInputs: (signature) => calibrationInputs(calibration, signature, cacheFolder),
    };
  }
}
