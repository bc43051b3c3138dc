import type { Engine } from './runtime.ts';

/** Does nothing, at once: what a case of it measures is the harness itself. */
export const nullEngine: Engine = { name: 'null', verifiable: 'nothing', delegates: [{ name: 'cpu', kind: 'cpu', providers: [] }] };
