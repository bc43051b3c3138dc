import { createHash } from 'node:crypto';
import { open, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { allGraphs } from '../onnx/graph.ts';
import { MAX_MODEL_BYTES, readModel, type OnnxModel } from '../onnx/model.ts';
import { OnnxError } from '../onnx/onnx-error.ts';
import { isExternal } from '../onnx/tensor.ts';
import type { TensorProto } from '../onnx/schema.ts';
import type { ParentModel } from './recipe.ts';

function tensorsOf(model: OnnxModel): TensorProto[] {
  return allGraphs(model.graph).flatMap((graph) => [
    ...graph.initializer, ...graph.node.flatMap((node) => node.attribute.flatMap((attribute) => [...(attribute.t === undefined ? [] : [attribute.t]), ...attribute.tensors])),
  ]);
}

async function readExternal(folder: string, tensor: TensorProto): Promise<Uint8Array> {
  const facts = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = facts.get('location') ?? '';
  const fault = (why: string): OnnxError => new OnnxError('external-data', `tensor "${tensor.name}" keeps its data in "${location}", ${why}`);
  if (location === '' || isAbsolute(location)) throw fault('which is not a path beside the model');
  const path = join(folder, location);
  const real = await realpath(path).catch(() => { throw fault('which is not there; put it beside the model'); });
  const inside = relative(await realpath(folder), real);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw fault('which leads outside the model\'s folder');
  const offset = Number(facts.get('offset') ?? '0');
  await using file = await open(real);
  const size = (await file.stat()).size;
  const length = Number(facts.get('length') ?? String(size - offset));
  if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= size)) throw fault(`which has ${size} bytes: ${length} at ${offset} are asked for`);
  const bytes = new Uint8Array(length);
  await file.read(bytes, 0, length, offset);
  return bytes;
}

/** Brings external data into the model. Throws OnnxError when it is missing, outside the model's folder, or more than one file can hold. */
async function inlineExternal(model: OnnxModel, folder: string, fileBytes: number): Promise<number> {
  let total = fileBytes;
  let count = 0;
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const bytes = await readExternal(folder, tensor);
    total += bytes.length;
    if (total > MAX_MODEL_BYTES) throw new OnnxError('too-large', `with its external data the model has more than ${MAX_MODEL_BYTES} bytes, which no single ONNX file holds; Paddock makes variants of models under 2 GiB`);
    tensor.rawData = bytes;
    tensor.externalData = [];
    tensor.dataLocation = 0;
    count++;
  }
  return count;
}

/** A model file that recipes start from, with external data brought in, and its sha256 over all of it. Throws OnnxError for what Paddock can not hold. */
export async function readParent(path: string): Promise<ParentModel & { readonly sha256: string }> {
  const { size } = await stat(path);
  if (size > MAX_MODEL_BYTES) throw new OnnxError('too-large', `${path} has ${size} bytes; one ONNX file of 2 GiB or more is not valid: keep its weights as external data`);
  const bytes = await readFile(path);
  const hash = createHash('sha256').update(bytes);
  const external = new Map<string, Uint8Array>();
  const first = readModel(bytes);
  await inlineExternal(first, dirname(path), size);
  for (const tensor of tensorsOf(readModel(bytes))) if (isExternal(tensor)) external.set(tensor.name, new Uint8Array());
  if (external.size > 0) for (const tensor of tensorsOf(first)) if (external.has(tensor.name)) {
    external.set(tensor.name, tensor.rawData);
    hash.update(tensor.name).update(tensor.rawData);
  }
  return {
    path, bytes, sha256: hash.digest('hex'),
    take: () => {
      const model = readModel(bytes);
      for (const tensor of tensorsOf(model)) {
        const data = isExternal(tensor) ? external.get(tensor.name) : undefined;
        if (data === undefined) continue;
        tensor.rawData = data;
        tensor.externalData = [];
        tensor.dataLocation = 0;
      }
      return model;
    },
  };
}
