import type { DelegateKind } from '../../src/domain/case.ts';
import type { Tensor, TensorSignature } from '../../src/domain/tensor.ts';
import type { LoadOptions } from '../../src/harness/protocol.ts';
import type { OutputTensor, Placement } from '../protocol/model.ts';

export interface Delegate {
  readonly name: string;
  readonly kind: DelegateKind;
}

export interface LoadRequest {
  /** A path under this page's origin. */
  readonly model: string | null;
  readonly delegate: string;
  readonly options: LoadOptions;
}

/** A model that is ready to run. Everything throws Refusal. */
export interface LoadedModel {
  readonly initNs: number;
  /** Name of the software that plays the GPU, null on real hardware or without a GPU. */
  readonly softwareGpu: string | null;
  /** Threads that compute, the calling one with them; null where the runtime does not let them be counted. */
  readonly threads: number | null;
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
  /** Makes the samples ready; `carry` maps an input to the output that feeds it on the next call. */
  prepare(samples: readonly (readonly Tensor[])[], carry: ReadonlyMap<string, string>): void;
  /** Forgets what earlier calls carried. */
  begin(): void;
  /** One inference of one sample, until its outputs are there; all that is timed. */
  call(sample: number): Promise<void>;
  /** Lets go what the last calls left behind and no later one needs; not timed. */
  settle(): void;
  /** One inference that uses the sample's own inputs only. */
  infer(sample: number): Promise<readonly OutputTensor[]>;
  /** Ends the profile that `profilePrefix` began. */
  placement(): Promise<Placement>;
  release(): Promise<void>;
}

export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly delegates: readonly Delegate[];
  load(request: LoadRequest): Promise<LoadedModel>;
}
