import { Refusal } from '../../protocol/refusal.ts';
import type { LoadRequest } from '../../protocol/model.ts';
import type { LoadedModel, Runtime } from '../runtime.ts';

class NullModel implements LoadedModel {
  readonly initNs = 0;
  readonly softwareGpu = null;
  readonly inputs = [];
  readonly outputs = [];
  #profiled: boolean;

  constructor(request: LoadRequest) {
    this.#profiled = request.options.profilePrefix !== undefined;
  }

  prepare(): void {}
  begin(): void {}
  call(): void {}
  settle(): void {}
  infer(): [] {
    return [];
  }
  placement(): { method: string; nodes: [] } {
    if (!this.#profiled) throw new Refusal('not-profiled', 'load with options.profilePrefix to ask for placement');
    this.#profiled = false;
    return { method: 'none: the null runtime has no nodes', nodes: [] };
  }
  release(): void {}
}

/** Does nothing, takes any model and any inputs: what it measures is the harness itself. */
export const nullRuntime: Runtime = {
  name: 'null',
  version: '1',
  delegates: [{ name: 'cpu', kind: 'cpu' }],
  load: (request) => new NullModel(request),
};
