/** Emscripten starts its workers ahead, and sends one the command `run` when a thread begins in it: by that word where the build is ONNX Runtime's (the field's name is a minifier's), by its number in LiteRT's newer one. */
const RUN_WORD = 'run';
const RUN_NUMBER = 2;

/** Workers of this worker in which an engine runs a thread. */
const running = new Set<Worker>();

function startsThread(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return Object.values(message).includes(RUN_WORD) || ('cmd' in message && message.cmd === RUN_NUMBER);
}

/** From here on the threads of engines are counted. Before any is loaded. */
export function countThreads(): void {
  globalThis.Worker = class extends Worker {
    override postMessage(message: unknown, options?: StructuredSerializeOptions | Transferable[]): void {
      if (startsThread(message)) running.add(this);
      if (Array.isArray(options)) super.postMessage(message, options);
      else super.postMessage(message, options);
    }
  };
}

/** Threads that compute, this one with them. */
export function threadsNow(): number {
  return 1 + running.size;
}
