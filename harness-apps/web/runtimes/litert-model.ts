import { Tensor as LiteRtTensor, type CompiledModel } from '@litertjs/core';
import type { Tensor, TensorSignature } from '../../../src/domain/tensor.ts';
import type { OutputTensor, Placement } from '../../protocol/model.ts';
import { messageOf, Refusal } from '../../protocol/refusal.ts';
import { checkSample } from '../../protocol/signature.ts';
import type { LoadedModel } from '../runtime.ts';

/** The types that LiteRT.js (2.5) makes tensors of. */
const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;
type Numbers = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

interface Input {
  readonly data: Numbers;
  readonly shape: number[];
}

interface Output {
  readonly data: Numbers;
  readonly shape: number[];
}

interface Parts {
  readonly model: CompiledModel;
  readonly initNs: number;
  readonly profiled: boolean;
  readonly threads: number;
  readonly softwareGpu: string | null;
  /** Where it was compiled for, and whether all of it. */
  readonly placed: { readonly accelerator: 'CPU' | 'WebGPU'; readonly whole: boolean };
}

/** A model compiled by LiteRT.js and the samples it runs. */
export class LiteRtModel implements LoadedModel {
  readonly initNs: number;
  readonly softwareGpu: string | null;
  readonly threads: number;
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
  readonly #model: CompiledModel;
  readonly #placed: Parts['placed'];
  #profiled: boolean;
  #calls = 0;
  #samples: readonly ReadonlyMap<string, Input>[] = [];
  #carry: readonly (readonly [input: string, output: string])[] = [];
  #last: ReadonlyMap<string, Output> | null = null;

  constructor({ model, initNs, profiled, threads, softwareGpu, placed }: Parts) {
    this.#model = model;
    this.initNs = initNs;
    this.threads = threads;
    this.softwareGpu = softwareGpu;
    this.#placed = placed;
    this.#profiled = profiled;
    this.inputs = model.getInputDetails().map(signatureOf);
    this.outputs = model.getOutputDetails().map(signatureOf);
  }

  prepare(samples: readonly (readonly Tensor[])[], carry: ReadonlyMap<string, string>): void {
    samples.forEach((sample, index) => checkSample(sample, this.inputs, index));
    for (const [input, output] of carry) {
      if (!this.inputs.some((known) => known.name === input)) throw new Refusal('bad-input', `carry: the model has no input "${input}"`);
      if (!this.outputs.some((known) => known.name === output)) throw new Refusal('bad-input', `carry: the model has no output "${output}"`);
    }
    this.#samples = samples.map((sample) => new Map(sample.map(({ name, dtype, shape, bytes }) => [name, { data: arrayOf(dtype, bytes), shape: [...shape] }])));
    this.#carry = [...carry];
    this.begin();
  }

  begin(): void {
    this.#last = null;
  }

  /** From inputs in the page's memory to outputs there: reading them back is what tells that a GPU is done. */
  async call(sample: number): Promise<void> {
    const last = this.#last;
    const carried = new Map(last === null ? [] : this.#carry.flatMap(([input, output]) => {
      const carried = last.get(output);
      return carried === undefined ? [] : [[input, carried.data] as const];
    }));
    const results = await this.#run(sample, carried);
    if (this.#carry.length > 0) this.#last = results;
  }

  settle(): void {}

  async infer(sample: number): Promise<readonly OutputTensor[]> {
    const results = await this.#run(sample, new Map());
    return this.#model.getOutputDetails().map(({ name, dtype }) => {
      const output = results.get(name);
      if (output === undefined) throw new Refusal('run-failed', `there is no output "${name}"`);
      const { data, shape } = output;
      return { name, dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    });
  }

  /** LiteRT.js tells whether all of a model was taken by the accelerator, and nothing of single operators. */
  placement(): Promise<Placement> {
    if (!this.#profiled) return Promise.reject(new Refusal('not-profiled', 'load with options.profilePrefix to ask for placement'));
    this.#profiled = false;
    const { accelerator, whole } = this.#placed;
    const part = (name: string, provider: string) => ({ name, operator: 'model', provider, calls: this.#calls, timeNs: 0 });
    return Promise.resolve({
      method: 'LiteRT.js isFullyAccelerated: of the model as a whole; it tells nothing of single operators',
      nodes: whole ? [part('all', `LiteRT ${accelerator}`)] : [part('some operators', `LiteRT ${accelerator}`), part('the other operators', 'LiteRT CPU')],
    });
  }

  release(): Promise<void> {
    this.#model.delete();
    return Promise.resolve();
  }

  async #run(sample: number, carried: ReadonlyMap<string, Numbers>): Promise<ReadonlyMap<string, Output>> {
    const inputs = this.#samples[sample];
    if (inputs === undefined) throw new Error(`there is no sample ${sample} of ${this.#samples.length}`);
    const made: LiteRtTensor[] = [];
    try {
      const feeds: Record<string, LiteRtTensor> = {};
      for (const [name, { data, shape }] of inputs) {
        const fed = carried.get(name) ?? data;
        if (fed.length !== data.length || fed.constructor !== data.constructor) throw new Refusal('bad-input', `carry: what was to feed "${name}" does not fit it`);
        const tensor = LiteRtTensor.fromTypedArray(fed, shape);
        made.push(tensor);
        feeds[name] = tensor;
      }
      const outputs = await this.#model.run(feeds);
      made.push(...Object.values(outputs));
      const results = new Map<string, Output>();
      // The file's own shape has -1 where a dimension is open.
      for (const [name, tensor] of Object.entries(outputs)) results.set(name, { data: (await tensor.data()) as Numbers, shape: Array.from(tensor.type.layout.dimensions) });
      this.#calls++;
      return results;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal('run-failed', messageOf(error));
    } finally {
      for (const tensor of made) tensor.delete();
    }
  }
}

function arrayOf(dtype: string, bytes: Uint8Array): Numbers {
  const { buffer } = Uint8Array.from(bytes);
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'uint8') return new ARRAYS[dtype](buffer);
  throw new Refusal('bad-input', `LiteRT.js makes no tensors of ${dtype}; it takes ${Object.keys(ARRAYS).join(', ')}`);
}

/** A dimension that is open is -1 in the file. */
function signatureOf({ name, dtype, shape }: { readonly name: string; readonly dtype: string; readonly shape: Int32Array }): TensorSignature {
  return { name, dtype, shape: Array.from(shape, (size) => (size < 0 ? null : size)) };
}
