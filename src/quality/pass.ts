import { createHash } from 'node:crypto';
import type { QualityItem, QualityRecord } from '../domain/quality-record.ts';
import type { Tensor, TensorSignature } from '../domain/tensor.ts';
import { OK, type Reason, type Verdict } from '../domain/verdict.ts';
import type { TensorRef } from '../harness/protocol.ts';
import { launchFault } from '../measure/fault.ts';
import { makeInputs, type InputSet } from '../measure/inputs.ts';
import { firstNotFinite } from '../measure/parity.ts';
import { loadModel, readOutputs, sayBye, SMALL_REQUEST_MS, startHarness, type LoadedModel } from '../measure/session.ts';
import type { LaunchTarget } from '../measure/target.ts';
import { answerText } from './answer.ts';
import { isCalibrationItem, type CalibrationSample } from './calibration.ts';
import type { OpenItem } from './dataset-file.ts';
import { ItemReader, tensorOf } from './item-tensors.ts';
import type { QualityProtocol } from './protocol.ts';
import { QualityError } from './quality-error.ts';

/** Items of one launch: what an interruption loses at most. */
export const BLOCK_ITEMS = 500;
/** Tensors travel inside the request; together they stay well below the protocol's longest line once they are base64. */
const CHUNK_BYTES = 8 * 1024 * 1024;
const MAX_SAMPLE_BYTES = 40 * 1024 * 1024;
/** All outputs of a block's items: 500 maps of classes for an image of 512 by 512. */
const MAX_REFERENCE_BYTES = 512 * 1024 * 1024;
const HASH_DIGITS = 16;
const SHOWN = 120;

export interface QualityPassOptions {
  readonly target: LaunchTarget;
  readonly protocol: QualityProtocol;
  readonly items: readonly OpenItem[];
  /** What the variant, or what it is made from, was calibrated with. */
  readonly calibration: readonly CalibrationSample[];
  /** The reference variant, on this host or on the target's device, for metrics that compare with it; null where none does. */
  readonly reference: LaunchTarget | null;
  readonly cacheFolder: string;
  readonly suiteFolder: string;
  readonly signal: AbortSignal;
}

export interface QualityPass {
  readonly record: QualityRecord;
  readonly items: readonly QualityItem[];
}

interface Prepared {
  readonly entry: OpenItem;
  readonly tensors: readonly Tensor[];
}

/** 16 digits tell millions of tensors apart: two of a million alike by chance once in 10⁷ runs. */
function shortHash(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS);
}

function sampleBytes(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
}


type ConstantInputs = InputSet['samples'][number];

/** Inputs that the data set does not give: constants of the model's own inputs. Throws QualityError where they would be noise. */
async function constantInputs(options: QualityPassOptions, signature: readonly TensorSignature[]): Promise<ConstantInputs> {
  const { protocol: { model, prepare }, suiteFolder, cacheFolder } = options;
  const missing = signature.filter((input) => !prepare.has(input.name));
  for (const { name } of missing) {
    const { fill, file } = model.inputs[name] ?? {};
    const constant = file !== undefined || fill === 'zeros' || fill === 'ones' || (typeof fill === 'object' && 'constant' in fill);
    if (!constant) throw new QualityError('step', `models[${model.id}].quality.inputs says nothing of the input "${name}", and the model's \`inputs\` give it no constant value (zeros, ones, {constant: X} or a file)`);
  }
  if (missing.length === 0) return [];
  const inputs = Object.fromEntries(Object.entries(model.inputs).filter(([name]) => missing.some((input) => input.name === name)));
  const set = await makeInputs({ model: { ...model, inputs, carry: {}, dimensions: Object.fromEntries(Object.entries(model.dimensions).filter(([name]) => missing.some((input) => input.shape.includes(name)))), samples: 1 }, signature: missing, batch: 1, seed: 0, suiteFolder, cacheFolder });
  return set.samples[0] ?? [];
}

async function* chunks(options: QualityPassOptions, signature: readonly TensorSignature[]): AsyncGenerator<readonly Prepared[]> {
  const { protocol, items } = options;
  const { model, dataset, prepare } = protocol;
  for (const name of prepare.keys()) if (!signature.some((input) => input.name === name)) throw new QualityError('step', `models[${model.id}].quality.inputs: the model has no input "${name}"; it has: ${signature.map((input) => input.name).join(', ')}`);
  const reader = new ItemReader(dataset);
  let chunk: Prepared[] = [];
  let bytes = 0;
  for (const entry of items) {
    const where = `item ${entry.id} of ${dataset.manifest.dataset}`;
    const tensors: Tensor[] = [];
    for (const input of signature) {
      const steps = prepare.get(input.name);
      if (steps !== undefined) tensors.push(tensorOf(model, input, steps({ kind: 'item', source: await reader.source(entry, input.name) }), where));
    }
    const size = sampleBytes(tensors);
    if (size > MAX_SAMPLE_BYTES) throw new QualityError('step', `${where} has ${size} bytes once it is prepared; more than ${MAX_SAMPLE_BYTES} do not travel in one request`);
    if (chunk.length > 0 && bytes + size > CHUNK_BYTES) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push({ entry, tensors });
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

/** Outputs of one chunk, item by item. */
async function* answers(loaded: LoadedModel, chunk: readonly Prepared[], constants: readonly TensorRef[], target: LaunchTarget): AsyncGenerator<readonly Tensor[]> {
  const { client } = loaded;
  const samples = chunk.map(({ tensors }) => [...tensors.map(({ name, dtype, shape, bytes }): TensorRef => ({ name, dtype, shape, data: Buffer.from(bytes).toString('base64') })), ...constants]);
  await client.inputs({ samples, carry: {} }, SMALL_REQUEST_MS);
  for (let sample = 0; sample < samples.length; sample++) {
    const { outputs } = await client.infer({ sample }, target.limits.inferenceMs);
    yield readOutputs(outputs, client.log);
  }
}

function labelText(label: unknown): string {
  return (typeof label === 'string' ? label : JSON.stringify(label)).slice(0, SHOWN);
}

function scoreItem({ protocol, calibration }: QualityPassOptions, { entry, tensors }: Prepared, outputs: readonly Tensor[], reference: readonly Tensor[] | null): QualityItem {
  const { label } = entry.item;
  try {
    const answer = protocol.answer({ kind: 'outputs', tensors: outputs });
    const answered = { answer, label, outputs, reference };
    const scores: Record<string, number[]> = {};
    let missed = false;
    for (const metric of protocol.metrics) {
      const row = [...metric.score(answered)];
      scores[metric.id] = row;
      missed ||= metric.scores === 'hit' ? row[0] === 0 : metric.id === 'cer' && row[0] !== 0;
    }
    const outputHash = shortHash(Buffer.concat(outputs.map((tensor) => tensor.bytes)));
    const text = answerText(answer);
    return {
      id: entry.id, scores, inputs: tensors.map((tensor) => shortHash(tensor.bytes)), outputs: outputHash,
      answer: answer.kind === 'scores' || answer.kind === 'outputs' ? outputHash : shortHash(JSON.stringify(answer)),
      seen: isCalibrationItem(tensors, calibration), miss: missed ? { answer: text.slice(0, SHOWN), label: labelText(label) } : null,
    };
  } catch (error) {
    if (error instanceof QualityError) throw new QualityError(error.kind, `item ${entry.id} of ${protocol.dataset.manifest.dataset}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The constant inputs on the target's device. */
function brought(constants: ConstantInputs, target: LaunchTarget, signal: AbortSignal): Promise<TensorRef[]> {
  return Promise.all(constants.map(async ({ name, dtype, shape, path, sha256 }) => ({ name, dtype, shape, path: await target.device.transport.push(path, sha256, signal) })));
}

/** Prepares, sends and answers the items with a model that is loaded. */
async function* itemAnswers(options: QualityPassOptions, loaded: LoadedModel, target: LaunchTarget): AsyncGenerator<{ readonly prepared: Prepared; readonly outputs: readonly Tensor[] }> {
  const constants = await brought(await constantInputs(options, loaded.inputs), target, options.signal);
  for await (const chunk of chunks(options, loaded.inputs)) {
    const own = answers(loaded, chunk, constants, target);
    for (const prepared of chunk) yield { prepared, outputs: (await own.next()).value ?? [] };
  }
}

/** What the reference variant answers, by item, in their order. It ends before the target begins: a page holds one model, and on a device that computes both, two would take each other's memory. */
async function referenceAnswers(options: QualityPassOptions, reference: LaunchTarget): Promise<readonly (readonly Tensor[])[]> {
  await using client = await startHarness(reference, options.signal);
  const loaded = await loadModel(client, reference, {}, options.signal);
  const all: (readonly Tensor[])[] = [];
  let bytes = 0;
  for await (const { prepared: { entry }, outputs } of itemAnswers(options, loaded, reference)) {
    const broken = firstNotFinite([outputs]);
    if (broken !== null) throw new QualityError('answer', `item ${entry.id}: output "${broken.output}" of the reference variant has ${broken.count} values that are NaN or infinite, so that nothing can be compared with it`);
    bytes += sampleBytes(outputs);
    if (bytes > MAX_REFERENCE_BYTES) throw new QualityError('answer', `the reference variant's outputs of ${all.length + 1} items have ${bytes} bytes; more than ${MAX_REFERENCE_BYTES} are not kept to compare with: choose the outputs that count, or a metric that compares with labels`);
    all.push(outputs);
  }
  await sayBye(client);
  return all;
}

/** Answers all items with a model that is loaded, and scores each. */
async function scoreAll(options: QualityPassOptions, loaded: LoadedModel, expected: readonly (readonly Tensor[])[] | null): Promise<QualityItem[]> {
  const items: QualityItem[] = [];
  for await (const { prepared, outputs } of itemAnswers(options, loaded, options.target)) {
    const broken = firstNotFinite([outputs]);
    if (broken !== null) throw new QualityError('answer', `item ${prepared.entry.id}: output "${broken.output}" has ${broken.count} values that are NaN or infinite`);
    items.push(scoreItem(options, prepared, outputs, expected === null ? null : (expected[items.length] ?? [])));
  }
  return items;
}

/** A block that could not be answered, for a reason of its data, steps or reference. */
export function unanswered(reason: Reason, protocolSha256: string): QualityPass {
  return { items: [], record: { protocolSha256, log: '', verdict: { status: 'failed', reasons: [reason] }, warnings: [], facts: null } };
}

/** Answers a block of items on the target's device and scores each. A fault of the case, the device or the data is a record, never a throw. */
export async function measureQuality(options: QualityPassOptions): Promise<QualityPass> {
  const { target, reference, protocol, signal } = options;
  const base = { protocolSha256: protocol.sha256, log: '' };
  const failed = (verdict: Verdict, log: string): QualityPass => ({ items: [], record: { ...base, verdict: { status: verdict.status, reasons: [...verdict.reasons] }, warnings: [], facts: null, log } });
  try {
    const expected = reference === null ? null : await referenceAnswers(options, reference);
    await using client = await startHarness(target, signal);
    const loaded = await loadModel(client, target, {}, signal);
    const items = await scoreAll(options, loaded, expected);
    const badEnd = await sayBye(client);
    const warnings: readonly Reason[] = [...loaded.warnings, ...(badEnd === null ? [] : [badEnd])];
    return { items, record: { ...base, verdict: { status: OK.status, reasons: [] }, warnings: [...warnings], facts: loaded.facts } };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof QualityError) return unanswered({ code: `quality-${error.kind}`, message: error.message }, protocol.sha256);
    const fault = launchFault(error);
    if (fault === null) throw error;
    const [first, ...rest] = fault.verdict.reasons;
    return failed({ status: fault.verdict.status, reasons: first === undefined ? [] : [{ code: first.code, message: `while its quality was measured: ${first.message}` }, ...rest] }, fault.log);
  }
}
