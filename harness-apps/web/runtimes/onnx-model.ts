import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-web';
import type { Tensor, TensorSignature } from '../../../src/domain/tensor.ts';
import type { OutputTensor, Placement } from '../../protocol/model.ts';
import { aggregate, nodeEvents } from '../../protocol/ort-profile.ts';
import { messageOf, Refusal } from '../../protocol/refusal.ts';
import { checkSample } from '../../protocol/signature.ts';
import { typedArray } from '../../protocol/typed-array.ts';
import { printedBy } from '../console.ts';
import type { LoadedModel } from '../runtime.ts';

type Feeds = Record<string, OrtTensor>;

interface Parts {
  readonly session: InferenceSession;
  readonly Tensor: TensorConstructor;
  readonly initNs: number;
  readonly profiled: boolean;
  readonly softwareGpu: string | null;
  readonly threads: number;
}

/** A session of onnxruntime-web and the samples it runs. */
export class OnnxModel implements LoadedModel {
  readonly initNs: number;
  readonly softwareGpu: string | null;
  readonly threads: number;
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
  readonly #session: InferenceSession;
  readonly #Tensor: TensorConstructor;
  #profiled: boolean;
  #samples: readonly Feeds[] = [];
  /** The samples with what was carried into them. */
  #working: readonly Feeds[] = [];
  #carry: readonly (readonly [input: string, output: string])[] = [];
  #last: InferenceSession.ReturnType | null = null;

  constructor({ session, Tensor, initNs, profiled, softwareGpu, threads }: Parts) {
    this.#session = session;
    this.#Tensor = Tensor;
    this.initNs = initNs;
    this.softwareGpu = softwareGpu;
    this.threads = threads;
    this.#profiled = profiled;
    this.inputs = session.inputMetadata.map(signatureOf);
    this.outputs = session.outputMetadata.map(signatureOf);
  }

  prepare(samples: readonly (readonly Tensor[])[], carry: ReadonlyMap<string, string>): void {
    samples.forEach((sample, index) => checkSample(sample, this.inputs, index));
    for (const [input, output] of carry) {
      if (!this.inputs.some((known) => known.name === input)) throw new Refusal('bad-input', `carry: the model has no input "${input}"`);
      if (!this.outputs.some((known) => known.name === output)) throw new Refusal('bad-input', `carry: the model has no output "${output}"`);
    }
    this.#samples = samples.map((sample) => Object.fromEntries(sample.map(({ name, dtype, shape, bytes }) => [name, new this.#Tensor(dtype, typedArray(dtype, bytes), shape)])));
    this.#carry = [...carry];
    this.begin();
  }

  begin(): void {
    this.#working = this.#samples.map((feeds) => ({ ...feeds }));
    this.#last = null;
  }

  /** `session.run` gives outputs that lie in the page's memory: for a GPU they are read back, so that all its work is done when the promise settles. */
  async call(sample: number): Promise<void> {
    const feeds = this.#working[sample] ?? this.#feeds(sample);
    if (this.#last !== null) {
      for (const [input, output] of this.#carry) {
        const carried = this.#last[output];
        if (carried !== undefined) feeds[input] = carried;
      }
    }
    this.#last = await this.#run(feeds);
  }

  settle(): void {
    if (this.#carry.length === 0) this.#last = null;
  }

  async infer(sample: number): Promise<readonly OutputTensor[]> {
    const results = await this.#run(this.#feeds(sample));
    return this.outputs.map(({ name }) => {
      const tensor = results[name];
      const data = tensor?.data;
      if (tensor === undefined || !ArrayBuffer.isView(data)) throw new Refusal('run-failed', `output "${name}" is not a tensor of numbers`);
      return { name, dtype: tensor.type, shape: tensor.dims, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    });
  }

  placement(): Promise<Placement> {
    if (!this.#profiled) return Promise.reject(new Refusal('not-profiled', 'load with options.profilePrefix to ask for placement; a profile can be taken once'));
    this.#profiled = false;
    const text = printedBy(() => { this.#session.endProfiling(); });
    const start = text.indexOf('[\n');
    const end = text.lastIndexOf(']');
    if (start < 0 || end < start) return Promise.reject(new Refusal('not-profiled', `ONNX Runtime printed no profile: ${text.slice(0, 200)}`));
    return Promise.resolve({ method: 'ONNX Runtime profile: kernel events by args.provider, own time', nodes: aggregate(nodeEvents(JSON.parse(text.slice(start, end + 1)))) });
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  #feeds(sample: number): Feeds {
    const feeds = this.#samples[sample];
    if (feeds === undefined) throw new Error(`there is no sample ${sample} of ${this.#samples.length}`);
    return feeds;
  }

  async #run(feeds: Feeds): Promise<InferenceSession.ReturnType> {
    try {
      return await this.#session.run(feeds);
    } catch (error) {
      const message = messageOf(error);
      const refused = /Invalid rank for input|Got invalid dimensions for input|Unexpected input data type|Invalid input name/.test(message);
      throw new Refusal(refused ? 'bad-input' : 'run-failed', message);
    }
  }
}

/** -1 as the unsigned number that onnxruntime-web 1.30 makes of it: a dimension that is open and has no name. */
const OPEN = 2 ** 32 - 1;

/** An open dimension is its name; a nameless one is null. Something other than a tensor has its kind as dtype and no shape. */
function signatureOf(value: InferenceSession.ValueMetadata): TensorSignature {
  if (!value.isTensor) return { name: value.name, dtype: 'not a tensor', shape: [] };
  return { name: value.name, dtype: value.type, shape: value.shape.map((size) => (size === '' || size === OPEN || size === -1 ? null : size)) };
}
