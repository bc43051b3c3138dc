import type { Tensor as OrtTensor } from 'onnxruntime-common';
import type { Binding } from 'onnxruntime-node/dist/binding.js';
import type { Tensor, TensorSignature } from '../../../src/domain/tensor.ts';
import { takeProfile } from '../profile.ts';
import { messageOf, Refusal } from '../../protocol/refusal.ts';
import type { OutputTensor, Placement } from '../../protocol/model.ts';
import type { LoadedModel } from '../runtime.ts';
import { checkSample } from '../../protocol/signature.ts';
import { typedArray } from '../../protocol/typed-array.ts';
import { onnxTypeName } from './onnx-types.ts';
import { asTensor, PlainTensor } from './plain-tensor.ts';

type Feeds = Record<string, OrtTensor>;
type Results = Readonly<Record<string, OrtTensor>>;

interface Parts {
  readonly session: Binding.InferenceSession;
  readonly initNs: number;
  readonly profilePrefix: string | null;
  readonly softwareGpu: string | null;
}

const NO_OPTIONS = {};

/** A session of ONNX Runtime and the samples it runs. */
export class OnnxModel implements LoadedModel {
  readonly initNs: number;
  readonly softwareGpu: string | null;
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
  readonly #session: Binding.InferenceSession;
  readonly #fetches: Record<string, null>;
  #profilePrefix: string | null;
  #samples: readonly Feeds[] = [];
  /** The samples with what was carried into them. */
  #working: readonly Feeds[] = [];
  #carry: readonly (readonly [input: string, output: string])[] = [];
  #last: Results | null = null;
  /** Of the call before the last one: no input reads them any more. */
  #stale: Results | null = null;

  constructor({ session, initNs, profilePrefix, softwareGpu }: Parts) {
    this.#session = session;
    this.initNs = initNs;
    this.softwareGpu = softwareGpu;
    this.#profilePrefix = profilePrefix;
    this.inputs = session.inputMetadata.map(signatureOf);
    this.outputs = session.outputMetadata.map(signatureOf);
    this.#fetches = Object.fromEntries(this.outputs.map((output) => [output.name, null]));
  }

  prepare(samples: readonly (readonly Tensor[])[], carry: ReadonlyMap<string, string>): void {
    samples.forEach((sample, index) => checkSample(sample, this.inputs, index));
    for (const [input, output] of carry) {
      if (!this.inputs.some((known) => known.name === input)) throw new Refusal('bad-input', `carry: the model has no input "${input}"`);
      if (!this.outputs.some((known) => known.name === output)) throw new Refusal('bad-input', `carry: the model has no output "${output}"`);
    }
    this.#samples = samples.map((sample) => Object.fromEntries(sample.map((tensor) => [tensor.name, toTensor(tensor)])));
    this.#carry = [...carry];
    this.begin();
  }

  begin(): void {
    this.#working = this.#samples.map((feeds) => ({ ...feeds }));
    this.#last = null;
    this.#stale = null;
  }

  call(sample: number): void {
    const feeds = this.#working[sample] ?? this.#feeds(sample);
    if (this.#last !== null) {
      for (const [input, output] of this.#carry) {
        const carried = this.#last[output];
        if (carried !== undefined) feeds[input] = carried;
      }
    }
    this.#stale = this.#last;
    this.#last = this.#run(feeds);
  }

  /**
   * The binding (1.30) gives every output as a new ArrayBuffer that it fills and copies into, also where it is handed a tensor to write to. Left to the garbage
   * collector, each call's outputs come to lie in memory that no call used before: one page fault for every 4 KiB (130 a call of PP-OCR recognition, 16 of
   * BERT-tiny), cold caches, and collections. It made networks of 2 ms look up to 10 % slower than they are. Freed at once, the next call gets the same memory again.
   */
  settle(): void {
    free(this.#stale);
    this.#stale = null;
    if (this.#carry.length > 0) return;
    free(this.#last);
    this.#last = null;
  }

  infer(sample: number): readonly OutputTensor[] {
    const results = this.#run(this.#feeds(sample));
    return this.outputs.map(({ name }) => {
      const tensor = results[name];
      const data = tensor?.data;
      if (tensor === undefined || !ArrayBuffer.isView(data)) throw new Refusal('run-failed', `output "${name}" is not a tensor of numbers`);
      return { name, dtype: tensor.type, shape: tensor.dims, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    });
  }

  placement(): Placement {
    if (this.#profilePrefix === null) throw new Refusal('not-profiled', 'load with options.profilePrefix to ask for placement; a profile can be taken once');
    this.#session.endProfiling();
    const nodes = takeProfile(this.#profilePrefix);
    this.#profilePrefix = null;
    return { method: 'ONNX Runtime profile: kernel events by args.provider, own time', nodes };
  }

  release(): void {
    this.#session.dispose();
  }

  #feeds(sample: number): Feeds {
    const feeds = this.#samples[sample];
    if (feeds === undefined) throw new Error(`there is no sample ${sample} of ${this.#samples.length}`);
    return feeds;
  }

  #run(feeds: Feeds): Results {
    try {
      return this.#session.run(feeds, this.#fetches, NO_OPTIONS);
    } catch (error) {
      const message = messageOf(error);
      const refused = /^(Invalid rank for input|Got invalid dimensions for input|Unexpected input data type|Invalid input name)/.test(message);
      throw new Refusal(refused ? 'bad-input' : 'run-failed', message);
    }
  }
}

function toTensor({ dtype, shape, bytes }: Tensor): OrtTensor {
  return asTensor(new PlainTensor(dtype, typedArray(dtype, bytes), [...shape]));
}

/** Gives the memory of outputs back without waiting for the garbage collector. */
function free(results: Results | null): void {
  for (const name in results) {
    const data = results[name]?.data;
    if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer) data.buffer.transfer(0);
  }
}

/** An open dimension is its name; a nameless one is null. Something other than a tensor has its kind as dtype and no shape. */
function signatureOf({ name, isTensor, type, shape, symbolicDimensions }: Binding.ValueMetadata): TensorSignature {
  if (!isTensor) return { name, dtype: 'not a tensor', shape: [] };
  return { name, dtype: onnxTypeName(type), shape: shape.map((size, axis) => (size >= 0 ? size : symbolicDimensions[axis] || null)) };
}
