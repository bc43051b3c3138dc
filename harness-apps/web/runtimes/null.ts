import { Refusal } from '../../protocol/refusal.ts';
import type { LoadedModel, Runtime } from '../runtime.ts';

/** Every engine's call gives a promise, so what awaiting one costs is part of what the harness adds. */
const DONE = Promise.resolve();

/** Does nothing, takes any model and any inputs: what it measures is the harness itself. */
export const nullRuntime: Runtime = {
  name: 'null',
  version: '1',
  delegates: [{ name: 'cpu', kind: 'cpu' }],
  load: ({ options }) => {
    let profiled = options.profilePrefix !== undefined;
    const model: LoadedModel = {
      initNs: 0, softwareGpu: null, threads: 1, inputs: [], outputs: [],
      prepare() {}, begin() {}, call: () => DONE, settle() {},
      infer: () => Promise.resolve([]),
      placement: () => {
        if (!profiled) return Promise.reject(new Refusal('not-profiled', 'load with options.profilePrefix to ask for placement'));
        profiled = false;
        return Promise.resolve({ method: 'none: the null runtime has no nodes', nodes: [] });
      },
      release: () => Promise.resolve(),
    };
    return Promise.resolve(model);
  },
};
