import type { FileHandle } from 'node:fs/promises';
import type { TextSink } from './report-format.ts';

/** Characters gathered before one write to disk: large enough that 100,000 rows don't mean 100,000 system calls. */
const CHUNK_CHARACTERS = 64 * 1024;

/** Gathers text and writes it to an open file in large pieces. `end` writes what is left and syncs it to disk. */
export class FileSink implements TextSink {
  readonly #handle: FileHandle;
  #parts: string[] = [];
  #characters = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(text: string): Promise<void> {
    this.#parts.push(text);
    this.#characters += text.length;
    if (this.#characters >= CHUNK_CHARACTERS) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#handle.sync();
  }

  async #flush(): Promise<void> {
    const text = this.#parts.join('');
    this.#parts = [];
    this.#characters = 0;
    await this.#handle.appendFile(text, 'utf8');
  }
}
