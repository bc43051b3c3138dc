import { MAX_LINE_BYTES } from './wire.ts';

const NEWLINE = 0x0a;

/** The peer sent more than `maxBytes` without a newline. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
  readonly maxBytes: number;
  constructor(maxBytes: number) {
    super(`a line is longer than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** Cuts bytes into lines at `\n` and decodes each whole line as UTF-8, so that a character split over two chunks survives. */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that this chunk completes, without their newlines. Throws LineTooLong. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, at));
      lines.push(this.#take());
      from = at + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
    return lines;
  }

  /** What is left when the stream ends, or null. */
  end(): string | null {
    return this.#bytes === 0 ? null : this.#take();
  }

  #keep(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) throw new LineTooLong(this.#maxBytes);
    this.#parts.push(part);
  }

  #take(): string {
    const line = Buffer.concat(this.#parts, this.#bytes).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }
}
