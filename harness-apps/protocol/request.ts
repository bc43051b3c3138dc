import type { LoadOptions, Request, TensorRef } from '../../src/harness/protocol.ts';
import { Fields } from './fields.ts';
import { Refusal } from './refusal.ts';

/** Reads one request. Throws Refusal: `bad-request` for a field, `unknown-op` for an op that is not known. */
export function readRequest(fields: Fields): Request {
  const id = fields.whole('id', 0);
  const op = fields.text('op');
  switch (op) {
    case 'hello':
      return { op, id, protocol: fields.whole('protocol', 0) };
    case 'load':
      return { op, id, runtime: fields.text('runtime'), model: fields.isNull('model') ? null : fields.text('model'), delegate: fields.text('delegate'), options: readOptions(fields.object('options')) };
    case 'inputs':
      return { op, id, samples: fields.list('samples').map(readSample), ...(fields.has('carry') ? { carry: readTexts(fields.object('carry')) } : {}) };
    case 'run':
      return readRun(fields, id);
    case 'infer':
      return { op, id, sample: fields.whole('sample', 0) };
    case 'placement':
    case 'memory':
    case 'bye':
      return { op, id };
    default:
      throw new Refusal('unknown-op', `this harness does not know the op "${op}"`);
  }
}

function readOptions(fields: Fields): LoadOptions {
  const profilePrefix = fields.optionalText('profilePrefix');
  const strict = fields.flag('strict');
  return {
    threads: fields.whole('threads', 1),
    graphOptimization: fields.oneOf('graphOptimization', ['disabled', 'basic', 'extended', 'all']),
    ...(fields.has('freeDimensions') ? { freeDimensions: readSizes(fields.object('freeDimensions')) } : {}),
    ...(profilePrefix === undefined ? {} : { profilePrefix }),
    ...(strict === undefined ? {} : { strict }),
    ...(fields.has('affinity') ? { affinity: readCores(fields.list('affinity')) } : {}),
  };
}

function readRun(fields: Fields, id: number): Request {
  const scenario = fields.oneOf('scenario', ['single-stream', 'multi-stream', 'offline', 'server']);
  if (scenario === 'server') return { op: 'run', id, scenario, arrivalsNs: readArrivals(fields.list('arrivalsNs')) };
  return {
    op: 'run', id, scenario, count: fields.whole('count', 1), durationNs: fields.number('durationNs', 0), callsPerQuery: fields.whole('callsPerQuery', 1),
  };
}

function readArrivals(list: readonly unknown[]): readonly number[] {
  let before = 0;
  return list.map((value, index) => {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < before) {
      throw new Refusal('bad-request', `run.arrivalsNs[${index}] must be a number, not less than the one before it`);
    }
    before = value;
    return value;
  });
}

function readSample(value: unknown, index: number): readonly TensorRef[] {
  if (!Array.isArray(value)) throw new Refusal('bad-request', `inputs.samples[${index}] must be a list of tensors`);
  return value.map((each, at) => {
    const fields = new Fields(each, `inputs.samples[${index}][${at}]`);
    const path = fields.optionalText('path');
    const data = fields.optionalText('data');
    return {
      name: fields.text('name'), dtype: fields.text('dtype'), shape: readShape(fields.list('shape')),
      ...(path === undefined ? {} : { path }), ...(data === undefined ? {} : { data }),
    };
  });
}

function readShape(list: readonly unknown[]): readonly number[] {
  return list.map((size) => {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw new Refusal('bad-request', 'a shape is a list of whole numbers');
    return size;
  });
}

function readCores(list: readonly unknown[]): readonly number[] {
  if (list.length === 0) throw new Refusal('bad-request', 'request.options.affinity is empty');
  return list.map((core) => {
    if (typeof core !== 'number' || !Number.isSafeInteger(core) || core < 0) throw new Refusal('bad-request', 'request.options.affinity must be a list of core numbers');
    return core;
  });
}

function readTexts(fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.names().map((name) => [name, fields.text(name)]));
}

function readSizes(fields: Fields): Readonly<Record<string, number>> {
  return Object.fromEntries(fields.names().map((name) => [name, fields.whole(name, 1)]));
}
