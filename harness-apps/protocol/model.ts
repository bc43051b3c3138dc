import type { DelegateKind } from '../../src/domain/case.ts';
import type { Tensor, TensorSignature } from '../../src/domain/tensor.ts';
import type { LoadOptions } from '../../src/harness/protocol.ts';

/** A model's file, where it is to run and how. */
export interface LoadRequest {
  /** A path as the harness's own files have it; null for a runtime without files. */
  readonly model: string | null;
  readonly delegate: string;
  readonly options: LoadOptions;
}

/** What every model that is ready to run can do, whether its calls wait or not. Everything throws Refusal. */
export interface ReadyModel {
  readonly initNs: number;
  /** Name of the software that plays the GPU, null on real hardware or without a GPU. */
  readonly softwareGpu: string | null;
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
  /** Makes the samples ready; `carry` maps an input to the output that feeds it on the next call. */
  prepare(samples: readonly (readonly Tensor[])[], carry: ReadonlyMap<string, string>): void;
  /** Forgets what earlier calls carried. */
  begin(): void;
  /** Lets go what the last calls left behind and no later one needs; not timed. */
  settle(): void;
}

export interface Delegate {
  readonly name: string;
  readonly kind: DelegateKind;
}

/** An engine and where it can execute. */
export interface Engine {
  readonly name: string;
  readonly version: string;
  readonly delegates: readonly Delegate[];
}

/** How often a node ran on a provider, and its own time there, ns (without the nodes of its subgraphs). */
export interface NodePlacement {
  readonly name: string;
  readonly operator: string;
  readonly provider: string;
  readonly calls: number;
  readonly timeNs: number;
}

export interface Placement {
  readonly method: string;
  readonly nodes: readonly NodePlacement[];
}

/** An output's bytes; its dtype is the runtime's own name. */
export interface OutputTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}
