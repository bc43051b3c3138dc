import type { PowerSourceOf } from '../domain/power-source.ts';
import { LineSplitter } from '../harness/lines.ts';
import { readTegrastatsWatts, readWattsLine, type WattsLine } from '../parse/watts-line.ts';
import { ExecError, type DeviceProcess, type Transport } from '../transport/transport.ts';
import type { PowerReading, PowerRecording, PowerSensor, PowerSeries } from './power-sensor.ts';

const NS_PER = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 } as const;
const MAX_LINE_BYTES = 4096;
/** A meter with a kilohertz over an hour; more is not kept. */
const MAX_READINGS = 4_000_000;
/** Headings and banners are fine, a program that prints something else is not. */
const MAX_GARBAGE_LINES = 200;

/** A program that prints power, of any meter. Its clock has nothing to do with the device's: the step of the load tells where they meet. */
export class CommandPowerSensor implements PowerSensor {
  readonly name: string;
  readonly covers: string;
  readonly intervalMs: number;
  readonly alignment = 'load-step';
  readonly #source: PowerSourceOf<'command'>;
  readonly #transport: Transport;

  constructor(source: PowerSourceOf<'command'>, transport: Transport) {
    this.name = source.argv[0]?.split('/').at(-1) ?? 'command';
    this.covers = source.covers;
    this.intervalMs = source.intervalMs;
    this.#source = source;
    this.#transport = transport;
  }

  start(signal: AbortSignal): PowerRecording {
    const series = new CommandSeries(this.#source);
    const ended = new AbortController();
    const running = this.#transport.exec(this.#source.argv, { signal: AbortSignal.any([signal, ended.signal]) }).then((process) => series.follow(process), (error: unknown) => {
      if (!(error instanceof ExecError)) throw error;
      series.lose(error.message);
      return null;
    });
    running.catch(() => undefined); // `stop` hands it on
    return {
      async stop() {
        ended.abort();
        await (await running)?.kill();
        return series.result();
      },
    };
  }
}

class CommandSeries {
  readonly #source: PowerSourceOf<'command'>;
  readonly #readings: PowerReading[] = [];
  #garbage = 0;
  #lost: string | null = null;

  constructor(source: PowerSourceOf<'command'>) {
    this.#source = source;
  }

  follow(process: DeviceProcess): DeviceProcess {
    void this.#read(process);
    void drain(process.stderr);
    return process;
  }

  lose(reason: string): void {
    this.#lost ??= reason;
  }

  result(): PowerSeries {
    const few = this.#readings.length === 0 && this.#lost === null ? `${this.#name} printed no power` : null;
    return { readings: this.#readings, lost: this.#lost ?? few };
  }

  get #name(): string {
    return this.#source.argv[0] ?? 'the command';
  }

  async #read(process: DeviceProcess): Promise<void> {
    const lines = new LineSplitter(MAX_LINE_BYTES);
    try {
      for await (const chunk of process.stdout) for (const line of lines.push(chunk)) this.#take(line);
    } catch (error) {
      this.lose(`${this.#name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const exit = await process.exited;
    if (exit.killedFor === null && exit.exitCode !== null) this.lose(`${this.#name} ended by itself with exit code ${exit.exitCode}`);
  }

  #take(line: string): void {
    if (this.#lost !== null || line.trim() === '') return;
    const read = this.#line(line);
    if (read === null) {
      if (++this.#garbage > MAX_GARBAGE_LINES) this.lose(`${this.#name} prints lines that hold no power, as ${JSON.stringify(line.slice(0, 60))}`);
      return;
    }
    const { clock } = this.#source;
    const timeNs = read.time === null || clock === 'arrival' ? performance.now() * 1e6 : read.time * NS_PER[clock];
    // A clock that was set back: what comes again has no place in the order.
    if (timeNs <= (this.#readings.at(-1)?.timeNs ?? -Infinity) || this.#readings.length >= MAX_READINGS) return;
    this.#readings.push({ timeNs, watts: read.watts });
  }

  #line(line: string): WattsLine | null {
    const { format, rails = [], clock } = this.#source;
    return format === 'tegrastats' ? readTegrastatsWatts(line, rails) : readWattsLine(line, clock === 'arrival' ? 'plain' : 'timed');
  }
}

async function drain(stream: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of stream) void chunk;
  } catch {
    // Its end is told by the process.
  }
}
