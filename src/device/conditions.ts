import { setTimeout as sleep } from 'node:timers/promises';
import type { ConditionSample } from '../domain/condition.ts';
import type { Device, SampleAge } from './device.ts';

/** Once a second: a throttling phase lasts seconds, and a sample of this machine costs some 0.1 ms of CPU (test/device/bench.ts), 0.01 % of a core. */
const INTERVAL_MS = 1000;

/** A running record of a device's conditions. */
export interface ConditionSampling {
  /** What was seen up to now, in the order of time. */
  readonly samples: readonly ConditionSample[];
  /** The first sample, all of it read now, is there: nothing may be timed before. Rejects when the device failed to answer. */
  readonly begun: Promise<void>;
  /** Takes a last sample, all of it read now, and ends; may be called again. Rejects when the device failed to answer. */
  stop(): Promise<void>;
}

/** Samples at once, then on an interval, until `stop` or the signal. */
export function startSampling(device: Pick<Device, 'sampleConditions'>, { signal, intervalMs = INTERVAL_MS }: { readonly signal: AbortSignal; readonly intervalMs?: number }): ConditionSampling {
  const samples: ConditionSample[] = [];
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  const take = async (age: SampleAge): Promise<void> => { samples.push(await device.sampleConditions(age)); };
  // What is some seconds old at the ends would be of the time before the launch, and miss what came in its last seconds.
  const begun = signal.aborted ? Promise.resolve() : take('fresh');
  const record = async (): Promise<void> => {
    await begun;
    for (;;) {
      await sleep(intervalMs, undefined, { signal: until }).catch((error: unknown) => { if (!until.aborted) throw error; });
      if (until.aborted) break;
      await take('recent');
    }
    if (!signal.aborted) await take('fresh');
  };
  const done = record();
  done.catch(() => undefined); // `stop` hands it on; without it a failure before `stop` would end the process
  return {
    samples,
    begun,
    async stop() {
      ended.abort();
      await done;
    },
  };
}
