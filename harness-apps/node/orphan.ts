import { Worker } from 'node:worker_threads';

/** Often enough that nothing lingers; two wake-ups a second cost nothing that can be measured. */
const PERIOD_MS = 500;

const WATCH = `
const { parentPort, workerData } = require('node:worker_threads');
setInterval(() => { if (process.ppid !== workerData.parent) process.kill(process.pid, 'SIGKILL'); }, workerData.periodMs);
parentPort.postMessage('watching');
`;

/**
 * Kills this process when its parent is gone, from a thread of its own, so that it also works while the main thread is stuck inside native code.
 * Resolves when the watch is on.
 */
export async function watchParent(parent: number): Promise<void> {
  const worker = new Worker(WATCH, {
    eval: true,
    workerData: { parent, periodMs: PERIOD_MS },
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 8 },
  });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  worker.unref();
}
