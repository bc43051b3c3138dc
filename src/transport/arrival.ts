/** So much is sent between two words to the device at least: a word costs it a process. What it has still to hash when all was sent is about as much. */
const LEAST_STEP_BYTES = 4 << 20;
/** On a slow way a word comes this often all the same, so that the device's silence can be told from patience. */
const STEP_MS = 30_000;

/** The words that RECEIVE of `device-scripts` reads while a file is sent. Words that were not taken yet are one word. */
export class Arrival {
  readonly #totalBytes: number;
  #nextBytes = LEAST_STEP_BYTES;
  #toldAt = performance.now();
  #words: string[] = [];
  #ended = false;
  #wake = (): void => {};

  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** So many bytes are on their way. The steps double up to the middle and become shorter again towards the end: some ten words for a file of whatever size, a small rest, and little to catch up with on a slow board. */
  progress(bytes: number): void {
    if (bytes < this.#nextBytes && performance.now() - this.#toldAt < STEP_MS) return;
    this.#nextBytes = bytes + Math.max(LEAST_STEP_BYTES, Math.min(bytes, (this.#totalBytes - bytes) / 2));
    this.#toldAt = performance.now();
    if (this.#words.length === 0) this.#words.push('more');
    this.#wake();
  }

  /** All of it has arrived. */
  publish(): void {
    this.#words.push('last', 'publish');
    this.end();
  }

  /** Nothing more comes. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *words(): AsyncGenerator<string> {
    for (;;) {
      const word = this.#words.shift();
      if (word !== undefined) yield word;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
