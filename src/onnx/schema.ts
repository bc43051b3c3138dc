/**
 * The messages of an ONNX file, described for the protobuf library with the field numbers of the ONNX IR specification (IR version 3 to 10). What is
 * not described here (training information, device configurations …) stays in the message as unknown fields and is written back unchanged.
 */
import { create, createFileRegistry, type Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { FieldDescriptorProto_Label, FieldDescriptorProto_Type, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

type Scalar = 'float' | 'double' | 'int32' | 'int64' | 'uint64' | 'string' | 'bytes';
interface Field { readonly number: number; readonly type: string; readonly form: 'one' | 'many' | 'packed' | 'choice' }

const one = (number: number, type: string): Field => ({ number, type, form: 'one' });
const many = (number: number, type: string): Field => ({ number, type, form: 'many' });
const packed = (number: number, type: Scalar): Field => ({ number, type, form: 'packed' });
/** A member of the message's one `value` choice. */
const choice = (number: number, type: string): Field => ({ number, type, form: 'choice' });

const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ModelProto: {
    ir_version: one(1, 'int64'), producer_name: one(2, 'string'), producer_version: one(3, 'string'), domain: one(4, 'string'), model_version: one(5, 'int64'), doc_string: one(6, 'string'),
    graph: one(7, 'GraphProto'), opset_import: many(8, 'OperatorSetIdProto'), metadata_props: many(14, 'StringStringEntryProto'), functions: many(25, 'FunctionProto'),
  },
  OperatorSetIdProto: { domain: one(1, 'string'), version: one(2, 'int64') },
  StringStringEntryProto: { key: one(1, 'string'), value: one(2, 'string') },
  FunctionProto: { name: one(1, 'string'), input: many(4, 'string'), output: many(5, 'string'), attribute: many(6, 'string'), node: many(7, 'NodeProto'), doc_string: one(8, 'string'), opset_import: many(9, 'OperatorSetIdProto'), domain: one(10, 'string') },
  GraphProto: {
    node: many(1, 'NodeProto'), name: one(2, 'string'), initializer: many(5, 'TensorProto'), doc_string: one(10, 'string'), input: many(11, 'ValueInfoProto'), output: many(12, 'ValueInfoProto'),
    value_info: many(13, 'ValueInfoProto'), sparse_initializer: many(15, 'SparseTensorProto'),
  },
  NodeProto: { input: many(1, 'string'), output: many(2, 'string'), name: one(3, 'string'), op_type: one(4, 'string'), attribute: many(5, 'AttributeProto'), doc_string: one(6, 'string'), domain: one(7, 'string') },
  AttributeProto: {
    name: one(1, 'string'), f: one(2, 'float'), i: one(3, 'int64'), s: one(4, 'bytes'), t: one(5, 'TensorProto'), g: one(6, 'GraphProto'), floats: many(7, 'float'), ints: many(8, 'int64'), strings: many(9, 'bytes'),
    tensors: many(10, 'TensorProto'), graphs: many(11, 'GraphProto'), doc_string: one(13, 'string'), type: one(20, 'int32'), ref_attr_name: one(21, 'string'), sparse_tensor: one(22, 'SparseTensorProto'),
  },
  TensorProto: {
    dims: many(1, 'int64'), data_type: one(2, 'int32'), float_data: packed(4, 'float'), int32_data: packed(5, 'int32'), string_data: many(6, 'bytes'), int64_data: packed(7, 'int64'), name: one(8, 'string'), raw_data: one(9, 'bytes'),
    double_data: packed(10, 'double'), uint64_data: packed(11, 'uint64'), doc_string: one(12, 'string'), external_data: many(13, 'StringStringEntryProto'), data_location: one(14, 'int32'),
  },
  SparseTensorProto: { values: one(1, 'TensorProto'), indices: one(2, 'TensorProto'), dims: many(3, 'int64') },
  ValueInfoProto: { name: one(1, 'string'), type: one(2, 'TypeProto'), doc_string: one(3, 'string') },
  TypeProto: { tensor_type: choice(1, 'TensorTypeProto'), sequence_type: choice(4, 'NestedTypeProto'), optional_type: choice(9, 'NestedTypeProto'), denotation: one(6, 'string') },
  TensorTypeProto: { elem_type: one(1, 'int32'), shape: one(2, 'TensorShapeProto') },
  NestedTypeProto: { elem_type: one(1, 'TypeProto') },
  TensorShapeProto: { dim: many(1, 'DimensionProto') },
  DimensionProto: { dim_value: choice(1, 'int64'), dim_param: choice(2, 'string'), denotation: one(3, 'string') },
};

const SCALARS: Readonly<Record<Scalar, FieldDescriptorProto_Type>> = {
  float: FieldDescriptorProto_Type.FLOAT, double: FieldDescriptorProto_Type.DOUBLE, int32: FieldDescriptorProto_Type.INT32, int64: FieldDescriptorProto_Type.INT64, uint64: FieldDescriptorProto_Type.UINT64,
  string: FieldDescriptorProto_Type.STRING, bytes: FieldDescriptorProto_Type.BYTES,
};

const registry = createFileRegistry(create(FileDescriptorProtoSchema, {
  name: 'onnx.proto', package: 'onnx', syntax: 'proto2',
  messageType: Object.entries(MESSAGES).map(([name, fields]) => ({
    name,
    oneofDecl: Object.values(fields).some((field) => field.form === 'choice') ? [{ name: 'value' }] : [],
    field: Object.entries(fields).map(([fieldName, { number, type, form }]) => ({
      name: fieldName, number,
      label: form === 'many' || form === 'packed' ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
      ...(Object.hasOwn(SCALARS, type) ? { type: SCALARS[type as Scalar] } : { type: FieldDescriptorProto_Type.MESSAGE, typeName: `.onnx.${type}` }),
      ...(form === 'choice' ? { oneofIndex: 0 } : {}), ...(form === 'packed' ? { options: { packed: true } } : {}),
    })),
  })),
}), () => undefined);

function schemaOf<T extends Message>(name: string): GenMessage<T> {
  const found = registry.getMessage(`onnx.${name}`);
  if (found === undefined) throw new Error(`onnx schema: no message ${name}`);
  return found as unknown as GenMessage<T>;
}

type M<N extends string> = Message<`onnx.${N}`>;
export interface OperatorSetIdProto extends M<'OperatorSetIdProto'> { domain: string; version: bigint }
export interface StringStringEntryProto extends M<'StringStringEntryProto'> { key: string; value: string }
export interface TensorProto extends M<'TensorProto'> {
  dims: bigint[]; dataType: number; floatData: number[]; int32Data: number[]; stringData: Uint8Array[]; int64Data: bigint[]; name: string; rawData: Uint8Array; doubleData: number[]; uint64Data: bigint[]; docString: string;
  externalData: StringStringEntryProto[]; dataLocation: number;
}
export interface SparseTensorProto extends M<'SparseTensorProto'> { values?: TensorProto; indices?: TensorProto; dims: bigint[] }
export interface DimensionProto extends M<'DimensionProto'> { value: { case: 'dimValue'; value: bigint } | { case: 'dimParam'; value: string } | { case: undefined; value?: undefined } }
export interface TensorShapeProto extends M<'TensorShapeProto'> { dim: DimensionProto[] }
export interface TensorTypeProto extends M<'TensorTypeProto'> { elemType: number; shape?: TensorShapeProto }
export interface NestedTypeProto extends M<'NestedTypeProto'> { elemType?: TypeProto }
export interface TypeProto extends M<'TypeProto'> {
  value: { case: 'tensorType'; value: TensorTypeProto } | { case: 'sequenceType'; value: NestedTypeProto } | { case: 'optionalType'; value: NestedTypeProto } | { case: undefined; value?: undefined };
}
export interface ValueInfoProto extends M<'ValueInfoProto'> { name: string; type?: TypeProto; docString: string }
export interface AttributeProto extends M<'AttributeProto'> {
  name: string; f: number; i: bigint; s: Uint8Array; t?: TensorProto; g?: GraphProto; floats: number[]; ints: bigint[]; strings: Uint8Array[]; tensors: TensorProto[]; graphs: GraphProto[]; docString: string; type: number;
  refAttrName: string; sparseTensor?: SparseTensorProto;
}
export interface NodeProto extends M<'NodeProto'> { input: string[]; output: string[]; name: string; opType: string; attribute: AttributeProto[]; docString: string; domain: string }
export interface GraphProto extends M<'GraphProto'> {
  node: NodeProto[]; name: string; initializer: TensorProto[]; docString: string; input: ValueInfoProto[]; output: ValueInfoProto[]; valueInfo: ValueInfoProto[]; sparseInitializer: SparseTensorProto[];
}
export interface FunctionProto extends M<'FunctionProto'> { name: string; domain: string; node: NodeProto[] }
export interface ModelProto extends M<'ModelProto'> {
  irVersion: bigint; producerName: string; producerVersion: string; domain: string; modelVersion: bigint; docString: string; graph?: GraphProto; opsetImport: OperatorSetIdProto[]; metadataProps: StringStringEntryProto[];
  functions: FunctionProto[];
}

export const ModelSchema = schemaOf<ModelProto>('ModelProto');
export const GraphSchema = schemaOf<GraphProto>('GraphProto');
export const NodeSchema = schemaOf<NodeProto>('NodeProto');
export const AttributeSchema = schemaOf<AttributeProto>('AttributeProto');
export const TensorSchema = schemaOf<TensorProto>('TensorProto');
export const ValueInfoSchema = schemaOf<ValueInfoProto>('ValueInfoProto');
export const OperatorSetIdSchema = schemaOf<OperatorSetIdProto>('OperatorSetIdProto');
