import { setTimeout as sleep } from 'node:timers/promises';
import type { FileTree } from './file-tree.ts';
import { SensorLost, type PowerProbe } from './power-probe.ts';
import type { PowerReading, PowerRecording, PowerSensor } from './power-sensor.ts';

/** Reads a probe's files now. */
export type PollFiles = () => Promise<{ readonly files: FileTree; readonly timeNs: number }>;

/** A power sensor whose files are read on an interval. */
export class PolledPowerSensor implements PowerSensor {
  readonly name: string;
  readonly covers: string;
  readonly intervalMs: number;
  readonly alignment = 'device-clock';
  readonly #probe: PowerProbe;
  readonly #poll: PollFiles;

  constructor(probe: PowerProbe, poll: PollFiles) {
    this.name = probe.name;
    this.covers = probe.covers;
    this.intervalMs = probe.intervalMs;
    this.#probe = probe;
    this.#poll = poll;
  }

  start(signal: AbortSignal): PowerRecording {
    const ended = new AbortController();
    const until = AbortSignal.any([signal, ended.signal]);
    const readings: PowerReading[] = [];
    const done = this.#record(readings, until);
    done.catch(() => undefined); // `stop` hands it on; without it a failure before `stop` would end the process
    return {
      async stop() {
        ended.abort();
        return { readings, lost: await done };
      },
    };
  }

  /** Gives why it ended before its time. */
  async #record(readings: PowerReading[], until: AbortSignal): Promise<string | null> {
    const meter = this.#probe.begin();
    for (;;) {
      const startedMs = performance.now();
      const { files, timeNs } = await this.#poll();
      try {
        const reading = meter.take(files, timeNs);
        if (reading !== null) readings.push(reading);
      } catch (error) {
        if (!(error instanceof SensorLost)) throw error;
        return error.message;
      }
      if (until.aborted) return null;
      await sleep(Math.max(0, this.intervalMs - (performance.now() - startedMs)), undefined, { signal: until }).catch((error: unknown) => { if (!until.aborted) throw error; });
    }
  }
}
