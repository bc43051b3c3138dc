import { duration, paint, printable, type Style } from './terminal.ts';

/** Plain lines come at most this often for a device when nothing but the count changed. */
const PLAIN_INTERVAL_MS = 5000;
/** Lines of a terminal that are left to what stays. */
const SPARE_ROWS = 4;

interface Line {
  readonly count: string;
  readonly text: string;
  readonly left: string;
  readonly remainingSeconds: number;
}

/** Progress on stderr: on a terminal a redrawn line for each device that is at work, elsewhere plain lines. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  /** By device; a download has a line of its own. */
  readonly #lines = new Map<string, Line>();
  readonly #lastPlain = new Map<string, number>();
  #drawnLines = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** A step of `total` on a device, with an estimate of the time left there. */
  step(device: string, done: number, total: number, what: string, remainingSeconds: number): void {
    const count = `[${String(done + 1).padStart(String(total).length)}/${total}]`;
    this.#show(device, { count, text: printable(what), left: `about ${duration(remainingSeconds)} left`, remainingSeconds }, done + 1 < total ? 'may-skip' : 'last');
  }

  /** Bytes of one download that have come. */
  download(source: string, bytes: number, totalBytes: number | null): void {
    const mebibytes = (count: number): string => (count / 2 ** 20).toFixed(1);
    const left = `${mebibytes(bytes)}${totalBytes === null ? '' : ` of ${mebibytes(totalBytes)}`} MiB`;
    this.#show('download', { count: 'download', text: printable(source), left, remainingSeconds: 0 }, bytes === totalBytes ? 'last' : 'may-skip');
    if (bytes === totalBytes) this.#lines.delete('download');
  }

  /** The device has nothing left to do. */
  done(device: string): void {
    this.#lines.delete(device);
    this.#draw();
  }

  #show(key: string, line: Line, place: 'may-skip' | 'last'): void {
    this.#lines.set(key, line);
    if (this.#stream.isTTY) {
      this.#draw();
      return;
    }
    const now = performance.now();
    if (place === 'may-skip' && now - (this.#lastPlain.get(key) ?? Number.NEGATIVE_INFINITY) < PLAIN_INTERVAL_MS) return;
    this.#lastPlain.set(key, now);
    this.#stream.write(`${this.#name(key)}${line.count} ${line.text}, ${line.left}\n`);
  }

  /** A device's name stands before its line where there are several. */
  #name(key: string): string {
    return this.#lines.size > 1 && key !== 'download' ? `${key} ` : '';
  }

  #draw(): void {
    if (!this.#stream.isTTY) return;
    this.#clear();
    const room = Math.max(1, (this.#stream.rows || 24) - SPARE_ROWS);
    const shown = [...this.#lines].slice(0, room);
    const width = Math.max(0, ...shown.map(([key]) => this.#name(key).length));
    const texts = shown.map(([key, line]) => this.#render(this.#name(key).padEnd(width), line));
    if (this.#lines.size > 1) {
      const remaining = Math.max(...[...this.#lines.values()].map((line) => line.remainingSeconds));
      const more = this.#lines.size > shown.length ? `, ${this.#lines.size - shown.length} not shown` : '';
      texts.push(paint(this.#stream, 'dim', `${this.#lines.size} devices at work${more}; about ${duration(remaining)} left`));
    }
    this.#stream.write(texts.join('\n'));
    this.#drawnLines = texts.length;
  }

  #render(name: string, { count, text, left }: Line): string {
    const room = Math.max(20, (this.#stream.columns || 80) - name.length - count.length - left.length - 6);
    return `${name}${paint(this.#stream, 'cyan', count)} ${text.length > room ? `${text.slice(0, room - 1)}…` : text}  ${paint(this.#stream, 'dim', left)}`;
  }

  #clear(): void {
    if (this.#drawnLines > 0) this.#stream.write(`\r${'\u001B[2K\u001B[1A'.repeat(this.#drawnLines - 1)}\u001B[2K`);
    this.#drawnLines = 0;
  }

  /** A line that stays. */
  note(text: string, style: Style = 'reset'): void {
    this.#clear();
    this.#stream.write(`${paint(this.#stream, style, printable(text))}\n`);
    this.#draw();
  }

  end(): void {
    this.#clear();
    this.#lines.clear();
  }
}
