const KEEP = 64 * 1024;

/** Keeps the last 64 Ki characters of a log. */
export class LogTail {
  #text = '';

  add(line: string): void {
    this.#text += `${line}\n`;
    // Cut only now and then: a harness that floods its log must not cost a copy a line.
    if (this.#text.length > 2 * KEEP) this.#text = this.#text.slice(-KEEP);
  }

  toString(): string {
    return this.#text.length > KEEP ? this.#text.slice(-KEEP) : this.#text;
  }
}
