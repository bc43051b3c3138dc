import { setTimeout as sleep } from 'node:timers/promises';
import type { ConditionSample } from '../domain/condition.ts';
import type { Device } from './device.ts';

/** Once a second: a throttling phase lasts seconds, and a sample of this machine costs some 0.1 ms of CPU (test/device/bench.ts), 0.01 % of a core. */
const INTERVAL_MS = 1000;

/** A running record of a device's conditions. */
export interface ConditionSampling {
  /** What was seen up to now, in the order of time. */
  readonly samples: readonly ConditionSample[];
  /** Takes a last sample and ends; may be called again. Rejects when the device failed to answer. */
  stop(): Promise<void>;
}

/** Samples at once, then on an interval, until `stop` or the signal. */
export function startSampling(device: Pick<Device, 'sampleConditions'>, { signal, intervalMs = INTERVAL_MS }: { readonly signal: AbortSignal; readonly intervalMs?: number }): ConditionSampling {
  const samples: ConditionSample[] = [];
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  const record = async (): Promise<void> => {
    while (!until.aborted) {
      samples.push(await device.sampleConditions());
      await sleep(intervalMs, undefined, { signal: until }).catch((error: unknown) => { if (!until.aborted) throw error; });
    }
    if (!signal.aborted) samples.push(await device.sampleConditions());
  };
  const done = record();
  done.catch(() => undefined); // `stop` hands it on; without it a failure before `stop` would end the process
  return {
    samples,
    async stop() {
      ended.abort();
      await done;
    },
  };
}
