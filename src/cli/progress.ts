import { duration, paint, printable, type Style } from './terminal.ts';

/** Plain lines come at most this often when nothing but the count changed. */
const PLAIN_INTERVAL_MS = 5000;

/** Progress on stderr: one line redrawn on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #drawn = false;
  #lastPlain = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  #clear(): void {
    if (this.#drawn) this.#stream.write('\r\u001B[2K');
    this.#drawn = false;
  }

  /** A step of `total`, with an estimate of the time left. */
  step(done: number, total: number, what: string, remainingSeconds: number): void {
    const count = `[${String(done + 1).padStart(String(total).length)}/${total}]`;
    const left = `about ${duration(remainingSeconds)} left`;
    if (this.#stream.isTTY) {
      const room = Math.max(20, (this.#stream.columns || 80) - count.length - left.length - 6);
      const text = printable(what);
      this.#clear();
      this.#stream.write(`${paint(this.#stream, 'cyan', count)} ${text.length > room ? `${text.slice(0, room - 1)}…` : text}  ${paint(this.#stream, 'dim', left)}`);
      this.#drawn = true;
      return;
    }
    const now = performance.now();
    if (now - this.#lastPlain < PLAIN_INTERVAL_MS && done + 1 < total) return;
    this.#lastPlain = now;
    this.#stream.write(`${count} ${printable(what)}, ${left}\n`);
  }

  /** A line that stays. */
  note(text: string, style: Style = 'reset'): void {
    this.#clear();
    this.#stream.write(`${paint(this.#stream, style, printable(text))}\n`);
  }

  end(): void {
    this.#clear();
  }
}
