/* What someone would write to time onnxruntime-web in a worker: nothing of Paddock's. */
const worker = new Worker('plain-worker.mjs', { type: 'module' });
/** Sends a message to the worker; settles with its answer. */
globalThis.ask = (message) => new Promise((resolve, reject) => {
  worker.addEventListener('message', ({ data }) => { if (data.error === undefined) resolve(data); else reject(new Error(data.error)); }, { once: true });
  worker.addEventListener('error', (event) => { reject(new Error(event.message)); }, { once: true });
  worker.postMessage(message);
});
