import type { ConditionSample } from '../domain/condition.ts';
import type { DeviceFacts } from '../domain/result.ts';
import { localTransport } from '../transport/local.ts';
import type { Transport } from '../transport/transport.ts';
import type { Device } from './device.ts';
import { LocalConditions } from './local-conditions.ts';
import { localFacts, nodeHostFacts, type HostFacts } from './local-facts.ts';
import type { PowerSensor } from './power-sensor.ts';
import { findRapl } from './rapl.ts';
import { SystemRoot } from './system-root.ts';

/** The monotonic clock of this machine, ns: the one that harness apps on it report in. */
export function localNowNs(): number {
  return Number(process.hrtime.bigint());
}

export interface LocalDeviceOptions {
  /** The tree that holds `proc` and `sys`. */
  readonly root?: string;
  readonly transport?: Transport;
  readonly host?: HostFacts;
  readonly nowNs?: () => number;
}

/** This machine, device id `local`. */
export class LocalDevice implements Device {
  readonly facts: DeviceFacts;
  readonly transport: Transport;
  readonly #conditions: LocalConditions;
  readonly #power: readonly PowerSensor[];

  constructor(options: LocalDeviceOptions = {}) {
    const root = new SystemRoot(options.root ?? '/');
    const nowNs = options.nowNs ?? localNowNs;
    this.transport = options.transport ?? localTransport;
    this.#conditions = new LocalConditions(root, nowNs);
    const rapl = findRapl(root, nowNs);
    this.#power = 'sensor' in rapl ? [rapl.sensor] : [];
    const sensors = this.#conditions.sensors();
    this.facts = {
      ...localFacts(root, options.host ?? nodeHostFacts()),
      clockRegime: this.#conditions.clock.regime(),
      sensors: [...sensors.present, ...this.#power.map((sensor) => sensor.name)],
      absentSensors: [...sensors.absent, ...('absent' in rapl ? [{ sensor: 'power', reason: rapl.absent }] : [])],
    };
  }

  async sampleConditions(): Promise<ConditionSample> {
    return this.#conditions.sample();
  }

  powerSensors(): readonly PowerSensor[] {
    return this.#power;
  }
}
