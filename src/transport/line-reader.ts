/** Lines of a stream of bytes, one at a time. Throws when one is longer than the bound. */
export class LineReader {
  readonly #stream: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  #rest: Buffer = Buffer.alloc(0);
  #silent = true;

  constructor(stream: AsyncIterable<Uint8Array>, maxBytes: number) {
    this.#stream = stream[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
  }

  /** Whether not a byte has come. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Null at the end; what stands there without a line end is no line. */
  async next(): Promise<string | null> {
    for (;;) {
      const at = this.#rest.indexOf(10);
      if (at >= 0) {
        const line = this.#rest.toString('utf8', 0, at);
        this.#rest = this.#rest.subarray(at + 1);
        return line;
      }
      if (this.#rest.length > this.#maxBytes) throw new Error(`a line of more than ${this.#maxBytes} bytes came`);
      const { done, value } = await this.#stream.next();
      if (done === true) return null;
      this.#silent &&= value.length === 0;
      this.#rest = Buffer.concat([this.#rest, value]);
    }
  }
}
