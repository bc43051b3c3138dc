import type { Engine, LoadRequest, OutputTensor, Placement, ReadyModel } from '../protocol/model.ts';

/** A model whose calls are waited for. */
export interface LoadedModel extends ReadyModel {
  /** Threads that compute, the calling one with them; null where the runtime does not let them be counted. */
  readonly threads: number | null;
  /** One inference of one sample, until its outputs are there; all that is timed. */
  call(sample: number): Promise<void>;
  /** One inference that uses the sample's own inputs only. */
  infer(sample: number): Promise<readonly OutputTensor[]>;
  /** Ends the profile that `profilePrefix` began. */
  placement(): Promise<Placement>;
  release(): Promise<void>;
}

export interface Runtime extends Engine {
  /** `request.model` is a path under this page's origin. */
  load(request: LoadRequest): Promise<LoadedModel>;
}
