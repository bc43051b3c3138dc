import type { ConditionSample } from '../domain/condition.ts';
import type { DeviceFacts } from '../domain/result.ts';
import type { PowerSource } from '../domain/power-source.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import { localTransport } from '../transport/local.ts';
import type { Transport } from '../transport/transport.ts';
import { SERVICES_MS } from './android-services.ts';
import type { Device, SampleAge } from './device.ts';
import { askFirmware, firmwareAbsence, readFirmware } from './firmware-state.ts';
import { put, SystemConditions } from './system-conditions.ts';
import { gpuDriver } from './gpu-driver.ts';
import { hardwareEvidence } from './hardware-evidence.ts';
import { matchProfile, NO_PROFILES, profileFacts, thermalRules } from './profile-match.ts';
import { systemFacts, nodeHostFacts, type HostFacts } from './system-facts.ts';
import type { PowerSensor } from './power-sensor.ts';
import { findPowerSensors } from './find-power.ts';
import { readProcessMemory, type ProcessMemory } from './process-memory.ts';
import { SystemRoot } from './system-root.ts';

/** The monotonic clock of this machine, ns: the one that harness apps on it report in. */
export function localNowNs(): number {
  return Number(process.hrtime.bigint());
}

/** Where no profile fits: RAPL needs no unit, sign or name of a rail. */
const DEFAULT_POWER: readonly PowerSource[] = [{ kind: 'rapl' }];

export interface LocalDeviceOptions {
  /** The tree that holds `proc` and `sys`. */
  readonly root?: string;
  readonly transport?: Transport;
  readonly host?: HostFacts;
  readonly nowNs?: () => number;
  /** Those that the machine is matched with. */
  readonly profiles?: readonly DeviceProfile[];
  /** Where its power is read, in place of what its profile says. */
  readonly power?: readonly PowerSource[];
}

/** What the firmware said, and when. */
interface Firmware {
  readonly atNs: number;
  readonly said: readonly string[];
}

/** This machine, device id `local`. */
export class LocalDevice implements Device {
  readonly facts: DeviceFacts;
  readonly transport: Transport;
  readonly profile: DeviceProfile | null;
  readonly clock = 'monotonic';
  readonly hardware: Device['hardware'];
  readonly root: string;
  readonly #files: SystemRoot;
  readonly #conditions: SystemConditions;
  readonly #power: readonly PowerSensor[];
  readonly #nowNs: () => number;
  #firmware: Firmware | null;

  /** With its firmware asked where the profile says that it tells of throttling. Throws the signal's reason. */
  static async open({ signal, ...options }: LocalDeviceOptions & { readonly signal: AbortSignal }): Promise<LocalDevice> {
    const device = new LocalDevice(options);
    return device.profile?.firmware === undefined ? device : new LocalDevice(options, { atNs: device.#nowNs(), said: await askFirmware(device.transport, signal) });
  }

  constructor(options: LocalDeviceOptions = {}, firmware: Firmware | null = null) {
    const root = new SystemRoot(options.root ?? '/');
    this.#files = root;
    this.root = root.path === '/' ? '' : root.path;
    const nowNs = options.nowNs ?? localNowNs;
    this.#nowNs = nowNs;
    this.#firmware = firmware;
    this.transport = options.transport ?? localTransport;
    const host = options.host ?? nodeHostFacts();
    const evidence = hardwareEvidence(root, { arch: host.arch, properties: new Map() });
    const match = matchProfile(options.profiles ?? NO_PROFILES, evidence);
    this.hardware = { evidence, files: root };
    this.profile = match?.profile ?? null;
    this.#conditions = new SystemConditions(root, nowNs, thermalRules(this.profile));
    const power = findPowerSensors({
      sources: options.power ?? this.profile?.power ?? DEFAULT_POWER, files: root, transport: this.transport, poll: () => Promise.resolve({ files: root, timeNs: nowNs() }),
    });
    this.#power = power.sensors;
    const sensors = this.#conditions.sensors();
    const told = Object.keys(firmware === null ? {} : readFirmware(firmware.said));
    const driver = gpuDriver(root, '');
    this.facts = {
      ...systemFacts(root, host), ...(driver === null ? {} : { gpuDriver: driver }), id: 'local', name: 'this machine', transport: 'local', ...profileFacts(match),
      clockRegime: this.#conditions.clock.regime(),
      sensors: [...sensors.present, ...told, ...this.#power.map((sensor) => sensor.name)],
      absentSensors: [...sensors.absent, ...(firmware === null || told.length > 0 ? [] : [{ sensor: 'firmwareThrottling', reason: firmwareAbsence(firmware.said) }]), ...(power.absent === null ? [] : [{ sensor: 'power', reason: power.absent }])],
    };
  }

  async sampleConditions(age: SampleAge = 'recent'): Promise<ConditionSample> {
    if (this.#firmware !== null && (age === 'fresh' || this.#nowNs() - this.#firmware.atNs >= SERVICES_MS * 1e6)) {
      this.#firmware = { atNs: this.#nowNs(), said: await askFirmware(this.transport, new AbortController().signal) };
    }
    const sample = this.#conditions.sample();
    put(sample, 'firmwareThrottling', this.#firmware === null ? null : readFirmware(this.#firmware.said).firmwareThrottling ?? null);
    return sample;
  }

  async processMemory(pid: number): Promise<ProcessMemory> {
    return readProcessMemory(this.#files, pid, null);
  }

  powerSensors(): readonly PowerSensor[] {
    return this.#power;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its files are read in this process; nothing is left open.
  }
}
