import * as ort from './ort.wasm.min.mjs';

ort.env.wasm.wasmPaths = { mjs: `${location.origin}/ort-wasm-simd-threaded.mjs`, wasm: `${location.origin}/ort-wasm-simd-threaded.wasm` };
let session;
let feeds;

async function load({ model, threads, inputs }) {
  ort.env.wasm.numThreads = threads;
  const bytes = new Uint8Array(await (await fetch(model)).arrayBuffer());
  session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  feeds = Object.fromEntries(inputs.map(({ name, dtype, shape, data }) => {
    const { buffer } = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return [name, new ort.Tensor(dtype, dtype === 'int64' ? new BigInt64Array(buffer) : new Float32Array(buffer), shape)];
  }));
  return {};
}

/** The median time of a call, of so many groups that are timed as one; a group of one is a call timed alone. */
async function time({ groups, groupSize }) {
  const times = new Float64Array(groups);
  for (let i = 0; i < groups; i++) {
    const from = performance.now();
    for (let call = 0; call < groupSize; call++) await session.run(feeds);
    times[i] = (performance.now() - from) / groupSize;
  }
  times.sort();
  return { medianMs: (times[(groups - 1) >> 1] + times[groups >> 1]) / 2 };
}

onmessage = async ({ data }) => {
  try {
    postMessage(data.model === undefined ? await time(data) : await load(data));
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
