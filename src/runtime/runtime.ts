import type { DelegateKind } from '../domain/case.ts';
import type { ModelFormat } from '../domain/model-format.ts';

/** Where an engine can execute, and the execution providers whose nodes count as "ran there". */
export interface Delegate {
  readonly name: string;
  readonly kind: DelegateKind;
  readonly providers: readonly string[];
  /**
   * An interface that chooses the device itself: `kind` is what it is asked for, and nothing proves what computed. It also compiles all nodes of
   * the graph that follow each other into one.
   */
  readonly isOpaque?: true;
}

/** An inference engine that Paddock knows how to drive. One file per engine, one line in the registry. */
export interface Engine {
  readonly name: string;
  readonly delegates: readonly Delegate[];
  /** `outputs`: outputs and placement can be checked. `nothing`: the engine computes nothing (null). */
  readonly verifiable: 'outputs' | 'nothing';
  /** Of the model files that it takes. */
  readonly formats: readonly ModelFormat[];
  /** Where a reference of its format is computed: on this machine, or, for an engine that this machine has no harness for, on the device itself. */
  readonly referenceOn: 'host' | 'device';
  /** Whether it takes ONNX Runtime's levels of graph optimization. One that does not compiles a model in its one way. */
  readonly graphOptimization: 'levels' | 'none';
}
