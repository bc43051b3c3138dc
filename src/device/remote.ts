import type { ConditionSample } from '../domain/condition.ts';
import type { PowerSource } from '../domain/power-source.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { DeviceFacts } from '../domain/result.ts';
import { getprop } from '../parse/getprop.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import type { Transport } from '../transport/transport.ts';
import { readServices, serviceAbsence, SERVICE_LINES, SERVICES_MS, type ServiceState } from './android-services.ts';
import type { Device, SampleAge } from './device.ts';
import { DeviceFiles } from './device-files.ts';
import { findPowerSensors } from './find-power.ts';
import { firmwareAbsence, FIRMWARE_LINES, readFirmware } from './firmware-state.ts';
import { GPU_LINE, gpuDriver } from './gpu-driver.ts';
import { hardwareEvidence } from './hardware-evidence.ts';
import type { PowerSensor } from './power-sensor.ts';
import { PROBE_LINES, PROBE_OUTPUTS } from './probe.ts';
import { memoryFiles, readProcessMemory, type ProcessMemory } from './process-memory.ts';
import { matchProfile, profileFacts, thermalRules, type HardwareEvidence } from './profile-match.ts';
import { archOf, remoteFacts } from './remote-facts.ts';
import { put, SystemConditions } from './system-conditions.ts';
import type { ThermalRules } from './thermal.ts';

export interface RemoteDeviceOptions {
  /** The device's id in suites, keys and reports. */
  readonly id: string;
  /** What people call it; default: its model. */
  readonly name?: string;
  readonly profiles: readonly DeviceProfile[];
  /** Where its power is read, in place of what its profile says. */
  readonly power?: readonly PowerSource[];
  /** Stands before all paths; empty for the device's own files. */
  readonly root?: string;
  readonly signal: AbortSignal;
}

/**
 * Opens a device over a transport: reads what it is in two round trips, matches its profile, and finds its sensors. The transport stays the
 * caller's to close, after the device.
 * @throws TransportFault, ExecError, the signal's reason
 */
export async function openRemoteDevice(transport: Transport, options: RemoteDeviceOptions): Promise<Device> {
  const { signal, root = '' } = options;
  signal.throwIfAborted();
  const files = new DeviceFiles(transport, root);
  const giveUp = (): void => { void files.close(); };
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await RemoteDevice.read(transport, files, options);
  } catch (error) {
    await files.close();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

interface Services {
  readonly atNs: number;
  readonly state: ServiceState;
}

class RemoteDevice implements Device {
  readonly facts: DeviceFacts;
  readonly profile: DeviceProfile | null;
  readonly transport: Transport;
  readonly clock = 'uptime';
  readonly hardware: Device['hardware'];
  readonly root: string;
  readonly #files: DeviceFiles;
  readonly #conditions: SystemConditions;
  readonly #rules: ThermalRules;
  readonly #power: readonly PowerSensor[];
  readonly #isAndroid: boolean;
  #watched = '';
  #sampleNs = 0;
  #services: Services | null;

  static async read(transport: Transport, files: DeviceFiles, { id, name, profiles, power }: RemoteDeviceOptions): Promise<RemoteDevice> {
    const probed = await files.ask(PROBE_LINES);
    const output = (index: number): string => (probed.outputs[index] ?? '').trim();
    const machine = output(PROBE_OUTPUTS.machine);
    if (machine === '') throw new TransportFault('garbage', transport.name, 'it has no uname: no system that Paddock can measure on');
    const props = await files.tick('conditions', ['run getprop']);
    const isAndroid = getprop(props.outputs[0] ?? '').size > 0;
    const properties = getprop(isAndroid ? (props.outputs[0] ?? '') : '');
    const evidence = hardwareEvidence(files.tree, { arch: archOf(machine), properties });
    const match = matchProfile(profiles, evidence);
    const asked = isAndroid ? [...SERVICE_LINES, GPU_LINE] : match?.profile.firmware === undefined ? [] : FIRMWARE_LINES;
    const services = asked.length > 0 ? await files.tick('conditions', asked) : null;
    const facts = remoteFacts(files.tree, {
      machine, system: output(PROBE_OUTPUTS.system), self: output(PROBE_OUTPUTS.self), properties, getprop: isAndroid ? (props.outputs[0] ?? '') : '', profileCore: match?.profile.cpu?.clusters[0]?.core ?? null,
    });
    const driver = gpuDriver(files.tree, isAndroid ? (services?.outputs[SERVICE_LINES.length] ?? '') : '');
    const device = new RemoteDevice(transport, files, { evidence, profile: match?.profile ?? null, power: power ?? match?.profile.power ?? [], isAndroid }, services?.outputs ?? null, { ...facts, ...(driver === null ? {} : { gpuDriver: driver }), id, name: name ?? facts.model, transport: transport.name, ...profileFacts(match) });
    await device.#watch();
    return device;
  }

  private constructor(transport: Transport, files: DeviceFiles, { evidence, profile, power, isAndroid }: { readonly evidence: HardwareEvidence; readonly profile: DeviceProfile | null; readonly power: readonly PowerSource[]; readonly isAndroid: boolean }, services: readonly string[] | null, known: Omit<DeviceFacts, 'clockRegime' | 'sensors' | 'absentSensors'>) {
    this.transport = transport;
    this.root = files.root;
    this.hardware = { evidence, files: files.tree };
    this.profile = profile;
    this.#files = files;
    this.#rules = thermalRules(profile);
    this.#conditions = new SystemConditions(files.tree, () => this.#sampleNs, this.#rules);
    this.#isAndroid = isAndroid;
    this.#services = services === null ? null : { atNs: files.uptimeNs, state: this.#readServices(services) };
    const found = findPowerSensors({ sources: power, files: files.tree, transport, poll: () => this.#pollPower() });
    this.#power = found.sensors;
    this.#powerFiles = found.files;
    this.facts = { ...known, clockRegime: this.#conditions.clock.regime(), ...this.#sensors(services, found.absent) };
  }

  readonly #powerFiles: readonly string[];

  /** What Android's services say, or a board's firmware. */
  #readServices(outputs: readonly string[]): ServiceState {
    return this.#isAndroid ? readServices(outputs, this.#rules) : readFirmware(outputs);
  }

  /** From files and, on Android, from services; why the others are not told. */
  #sensors(services: readonly string[] | null, powerAbsence: string | null): Pick<DeviceFacts, 'sensors' | 'absentSensors'> {
    const { present, absent } = this.#conditions.sensors();
    const told = Object.keys(this.#services?.state ?? {});
    const ofServices = services === null || !this.#isAndroid ? [] : (['thermalStatus', 'skinTemperatureC', 'screenOn', 'powerSaving'] as const).filter((quantity) => !told.includes(quantity));
    return {
      sensors: [...new Set([...present, ...told, ...this.#power.map(({ name }) => name)])],
      absentSensors: [
        ...absent.filter(({ sensor }) => !told.includes(sensor)),
        ...(services === null || this.#isAndroid || told.includes('firmwareThrottling') ? [] : [{ sensor: 'firmwareThrottling', reason: firmwareAbsence(services) }]),
        ...ofServices.map((sensor) => ({ sensor, reason: serviceAbsence(sensor, services ?? []) })),
        ...(powerAbsence === null ? [] : [{ sensor: 'power', reason: powerAbsence }]),
      ],
    };
  }

  async sampleConditions(age: SampleAge = 'recent'): Promise<ConditionSample> {
    // Due by the device's own clock, as it was at the last look.
    const due = this.#services !== null && (age === 'fresh' || this.#files.uptimeNs - this.#services.atNs >= SERVICES_MS * 1e6);
    const answer = await this.#files.tick('conditions', due ? (this.#isAndroid ? SERVICE_LINES : FIRMWARE_LINES) : []);
    this.#sampleNs = answer.timeNs;
    if (due) this.#services = { atNs: answer.timeNs, state: this.#readServices(answer.outputs) };
    const { sample, read } = this.#readFiles();
    if (read.join('\n') !== this.#watched) await this.#watch();
    const { batteryPercent, batteryTemperatureC, charging, temperatureC, overLimit, coolingSteps, thermalStatus, skinTemperatureC, screenOn, powerSaving, firmwareThrottling } = this.#services?.state ?? {};
    put(sample, 'thermalStatus', thermalStatus);
    put(sample, 'skinTemperatureC', skinTemperatureC);
    put(sample, 'screenOn', screenOn);
    put(sample, 'powerSaving', powerSaving);
    put(sample, 'firmwareThrottling', firmwareThrottling);
    // Files are read each time, services every few seconds: where both tell it, the file counts.
    put(sample, 'temperatureC', sample.temperatureC ?? temperatureC);
    put(sample, 'overLimit', sample.overLimit ?? overLimit);
    put(sample, 'coolingSteps', sample.coolingSteps ?? coolingSteps);
    put(sample, 'batteryPercent', sample.batteryPercent ?? batteryPercent);
    put(sample, 'batteryTemperatureC', sample.batteryTemperatureC ?? batteryTemperatureC);
    put(sample, 'charging', sample.charging ?? charging);
    return sample;
  }

  async processMemory(pid: number): Promise<ProcessMemory> {
    const { rollup, kgsl } = memoryFiles(pid);
    const answer = await this.#files.ask([`scan 60 ${rollup}`, `scan 1 ${kgsl}`, ...(this.#services === null ? [] : [`run dumpsys meminfo ${pid}`])]);
    return readProcessMemory(this.#files.tree, pid, answer.outputs[0] ?? null);
  }

  powerSensors(): readonly PowerSensor[] {
    return this.#power;
  }

  #readFiles(): { readonly sample: ReturnType<SystemConditions['sample']>; readonly read: readonly string[] } {
    let sample: ReturnType<SystemConditions['sample']> = { timeNs: this.#sampleNs };
    const read = this.#files.tree.readBy(() => { sample = this.#conditions.sample(); });
    return { sample, read };
  }

  /** What the conditions and the power sensor are read from is read at each tick from now on. */
  async #watch(): Promise<void> {
    const { read } = this.#readFiles();
    this.#watched = read.join('\n');
    await this.#files.watch('conditions', read);
    if (this.#powerFiles.length > 0) await this.#files.watch('power', this.#powerFiles);
  }

  async #pollPower(): Promise<{ readonly files: DeviceFiles['tree']; readonly timeNs: number }> {
    const { timeNs } = await this.#files.tick('power');
    return { files: this.#files.tree, timeNs };
  }

  async close(): Promise<void> {
    await this.#files.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
