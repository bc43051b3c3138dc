import type { DelegateKind } from '../domain/case.ts';

/** Where an engine can execute, and the execution providers whose nodes count as "ran there". */
export interface Delegate {
  readonly name: string;
  readonly kind: DelegateKind;
  readonly providers: readonly string[];
}

/** An inference engine that Paddock knows how to drive. One file per engine, one line in the registry. */
export interface Engine {
  readonly name: string;
  readonly delegates: readonly Delegate[];
  /** `outputs`: outputs and placement can be checked. `nothing`: the engine computes nothing (null). */
  readonly verifiable: 'outputs' | 'nothing';
}
