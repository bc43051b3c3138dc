import type { ModelFormat } from '../domain/model-format.ts';
import { litert } from './litert.ts';
import { nullEngine } from './null.ts';
import { onnxruntime } from './onnxruntime.ts';
import type { Delegate, Engine } from './runtime.ts';

/** Every engine that Paddock knows. */
export const ENGINES: readonly Engine[] = [onnxruntime, litert, nullEngine];

export function findEngine(name: string): Engine | null {
  return ENGINES.find((engine) => engine.name === name) ?? null;
}

/** The engine that computes a reference for model files of this format on this machine; null where none does. */
export function hostEngineFor(format: ModelFormat): Engine | null {
  return ENGINES.find((engine) => engine.referenceOn === 'host' && engine.verifiable === 'outputs' && engine.formats.includes(format)) ?? null;
}

export function findDelegate(engine: Engine, name: string): Delegate | null {
  return engine.delegates.find((delegate) => delegate.name === name) ?? null;
}
