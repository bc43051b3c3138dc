import type { Engine, LoadRequest, OutputTensor, Placement, ReadyModel } from '../protocol/model.ts';

/** A model whose calls are synchronous. */
export interface LoadedModel extends ReadyModel {
  /** One inference of one sample; synchronous, and all that is timed. */
  call(sample: number): void;
  /** One inference that uses the sample's own inputs only. */
  infer(sample: number): readonly OutputTensor[];
  /** Ends the profile that `profilePrefix` began. */
  placement(): Placement;
  release(): void;
}

export interface Runtime extends Engine {
  load(request: LoadRequest): LoadedModel;
}
