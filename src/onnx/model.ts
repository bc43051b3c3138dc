import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { OnnxError } from './onnx-error.ts';
import { ModelSchema, type GraphProto, type ModelProto } from './schema.ts';

/** Protobuf's own bound on one message: longer ones can not be read by ONNX's tools (2 GiB less one byte). */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

/** A model that has a graph. */
export type OnnxModel = ModelProto & { graph: GraphProto };

/** Reads an ONNX file; what is not described in the schema is kept. Throws OnnxError. */
export function readModel(bytes: Uint8Array): OnnxModel {
  if (bytes.length > MAX_MODEL_BYTES) throw new OnnxError('too-large', `the file has ${bytes.length} bytes; one ONNX file of 2 GiB or more is not valid: keep its weights as external data`);
  let model: ModelProto;
  try {
    model = fromBinary(ModelSchema, bytes);
  } catch (error) {
    throw new OnnxError('not-onnx', `this is not an ONNX file, or it is cut off: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (model.graph === undefined || model.opsetImport.length === 0) throw new OnnxError('not-onnx', 'this is not an ONNX file: it has no graph or names no operator set');
  return model as OnnxModel;
}

/** The file's bytes; the same model gives the same bytes. Throws OnnxError when they would be too many for one file. */
export function writeModel(model: OnnxModel): Uint8Array {
  const bytes = toBinary(ModelSchema, model);
  if (bytes.length > MAX_MODEL_BYTES) throw new OnnxError('too-large', `the variant would have ${bytes.length} bytes; one ONNX file must stay under 2 GiB`);
  return bytes;
}

/** Version of the standard operator set that the model asks for. */
export function opsetOf(model: OnnxModel): number {
  const standard = model.opsetImport.find((item) => item.domain === '' || item.domain === 'ai.onnx');
  return standard === undefined ? 0 : Number(standard.version);
}

/** From this IR version on an initializer need not be a graph input, and one that is both can be replaced by the caller; before it, every initializer had to be both. */
const PLAIN_INITIALIZERS_IR = 4;

/** Makes initializers of old files plain constants. What the caller may replace in newer files stays so. */
export function settleInitializers(model: OnnxModel): void {
  if (model.irVersion >= PLAIN_INITIALIZERS_IR) return;
  const names = new Set(model.graph.initializer.map((tensor) => tensor.name));
  model.graph.input = model.graph.input.filter((input) => !names.has(input.name));
  model.irVersion = BigInt(PLAIN_INITIALIZERS_IR);
}
