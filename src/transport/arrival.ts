/** So much is sent between two words to the device; what it has still to hash when all was sent is about as much. */
const STEP_BYTES = 8 << 20;
/** On a slow way a word comes this often all the same, so that the device's silence can be told from patience. */
const STEP_MS = 30_000;

/** The words that RECEIVE of `device-scripts` reads while a file is sent. Words that were not taken yet are one word. */
export class Arrival {
  #toldBytes = 0;
  #toldAt = performance.now();
  #words: string[] = [];
  #ended = false;
  #wake = (): void => {};

  /** So many bytes are on their way. */
  progress(bytes: number): void {
    if (bytes - this.#toldBytes < STEP_BYTES && performance.now() - this.#toldAt < STEP_MS) return;
    this.#toldBytes = bytes;
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
