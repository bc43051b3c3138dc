import { duration, paint, printable, type Style } from './terminal.ts';

/** Plain lines come at most this often when nothing but the count changed. */
const PLAIN_INTERVAL_MS = 5000;

/** Progress on stderr: one line redrawn on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #drawn = false;
  #lastPlain = Number.NEGATIVE_INFINITY;

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
    this.#show(count, what, `about ${duration(remainingSeconds)} left`, done + 1 < total ? 'may-skip' : 'last');
  }

  /** Bytes of one download that have come. */
  download(source: string, bytes: number, totalBytes: number | null): void {
    const mebibytes = (count: number): string => (count / 2 ** 20).toFixed(1);
    this.#show('download', source, `${mebibytes(bytes)}${totalBytes === null ? '' : ` of ${mebibytes(totalBytes)}`} MiB`, bytes === totalBytes ? 'last' : 'may-skip');
  }

  #show(count: string, what: string, left: string, place: 'may-skip' | 'last'): void {
    const text = printable(what);
    if (this.#stream.isTTY) {
      const room = Math.max(20, (this.#stream.columns || 80) - count.length - left.length - 6);
      this.#clear();
      this.#stream.write(`${paint(this.#stream, 'cyan', count)} ${text.length > room ? `${text.slice(0, room - 1)}…` : text}  ${paint(this.#stream, 'dim', left)}`);
      this.#drawn = true;
      return;
    }
    const now = performance.now();
    if (place === 'may-skip' && now - this.#lastPlain < PLAIN_INTERVAL_MS) return;
    this.#lastPlain = now;
    this.#stream.write(`${count} ${text}, ${left}\n`);
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
