import { MODEL_FORMATS } from '../domain/model-format.ts';
import type { Engine } from './runtime.ts';

/** Does nothing, at once: what a case of it measures is the harness itself. */
export const nullEngine: Engine = { name: 'null', verifiable: 'nothing', formats: MODEL_FORMATS, referenceOn: 'host', graphOptimization: 'none', delegates: [{ name: 'cpu', kind: 'cpu', providers: [] }] };
