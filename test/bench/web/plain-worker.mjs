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

/** The median of so many calls, each timed alone. */
async function time({ calls }) {
  const times = new Float64Array(calls);
  for (let i = 0; i < calls; i++) {
    const from = performance.now();
    await session.run(feeds);
    times[i] = performance.now() - from;
  }
  times.sort();
  return { medianMs: (times[(calls - 1) >> 1] + times[calls >> 1]) / 2 };
}

onmessage = async ({ data }) => {
  try {
    postMessage(data.model === undefined ? await time(data) : await load(data));
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
