/**
 * Takes the lines that Paddock's own shell scripts print out of a stream of bytes: `MARK TEXT\n`, wherever they stand. Everything else is the program's.
 * What came before the first mark is not: shells of some devices greet with a banner.
 */
export class MarkedOutput {
  readonly #mark: Buffer;
  readonly #onLine: (text: string) => void;
  #held: Buffer = Buffer.alloc(0);
  #begun = false;

  constructor(mark: string, onLine: (text: string) => void) {
    this.#mark = Buffer.from(`${mark} `);
    this.#onLine = onLine;
  }

  /** Bytes dropped so far because no mark was seen yet. */
  skippedBytes = 0;

  get begun(): boolean {
    return this.#begun;
  }

  /** Gives the program's own bytes among these. */
  push(chunk: Uint8Array): Buffer {
    let rest = this.#held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([this.#held, chunk]);
    const own: Buffer[] = [];
    for (;;) {
      const at = rest.indexOf(this.#mark);
      const end = at < 0 ? -1 : rest.indexOf(10, at);
      if (end < 0) {
        const keep = at < 0 ? tailLike(rest, this.#mark) : rest.length - at;
        this.#take(own, rest.subarray(0, rest.length - keep));
        this.#held = Buffer.from(rest.subarray(rest.length - keep));
        break;
      }
      this.#take(own, rest.subarray(0, at));
      this.#begun = true;
      this.#onLine(rest.toString('utf8', at + this.#mark.length, end));
      rest = rest.subarray(end + 1);
    }
    return own.length === 1 && own[0] !== undefined ? own[0] : Buffer.concat(own);
  }

  /** What was held back as it might have become a mark. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return this.#begun ? rest : Buffer.alloc(0);
  }

  #take(own: Buffer[], bytes: Buffer): void {
    if (this.#begun) {
      if (bytes.length > 0) own.push(bytes);
    } else this.skippedBytes += bytes.length;
  }
}

/** How many bytes at the end could be the start of the mark. */
function tailLike(bytes: Buffer, mark: Buffer): number {
  for (let n = Math.min(mark.length - 1, bytes.length); n > 0; n--) if (bytes.subarray(bytes.length - n).equals(mark.subarray(0, n))) return n;
  return 0;
}
