import { setTimeout as sleep } from 'node:timers/promises';
import type { Device } from '../device/device.ts';
import { energyOf, MIN_READINGS, type TimeWindow } from '../device/energy.ts';
import type { PowerReading, PowerRecording, PowerSensor, PowerSeries } from '../device/power-sensor.ts';
import type { EnergyRecord, LaunchRecord } from '../domain/launch.ts';
import { alignStep } from '../stats/step-align.ts';
import type { ClockOffset } from './clock-offset.ts';

/** At least so long, and long enough for the readings that a level needs, and some. */
const LEAST_IDLE_MS = 1500;
/** A sensor that is slower than this gets no idle level, and so no figure: a launch can't wait for it. */
const MOST_IDLE_MS = 30_000;
const SPARE_READINGS = 2;

type EnergyFields = Pick<LaunchRecord, 'energy' | 'energyAbsent'>;

const NOTHING: PowerSeries = { readings: [], lost: null };

/** Power of one launch: the idle level before, the load, and what the inferences took. With no sensor it does nothing. Disposing of it ends what still records, as a launch that failed leaves it. */
export class EnergyWatch implements AsyncDisposable {
  readonly #device: Pick<Device, 'facts'>;
  readonly #sensor: PowerSensor | null;
  readonly #signal: AbortSignal;
  #idle: PowerSeries = NOTHING;
  #load: PowerRecording | null = null;

  private constructor(device: Pick<Device, 'facts' | 'powerSensors'>, signal: AbortSignal) {
    this.#device = device;
    this.#sensor = device.powerSensors()[0] ?? null;
    this.#signal = signal;
  }

  /** Records the idle level, in the same state, just before the launch. */
  static async begin(device: Pick<Device, 'facts' | 'powerSensors'>, signal: AbortSignal): Promise<EnergyWatch> {
    const watch = new EnergyWatch(device, signal);
    // A sensor with a clock of its own has its idle level around the load, in one recording with it.
    if (watch.#sensor?.alignment === 'device-clock') {
      const recording = watch.#sensor.start(signal);
      await sleep(watch.#quietMs(), undefined, { signal });
      watch.#idle = await recording.stop();
    }
    return watch;
  }

  /** Call just before the measured window. */
  async beforeLoad(): Promise<void> {
    this.#load = this.#sensor?.start(this.#signal) ?? null;
    if (this.#sensor?.alignment === 'load-step') await sleep(this.#quietMs(), undefined, { signal: this.#signal });
  }

  /** Call just after it. */
  async afterLoad(): Promise<PowerSeries> {
    if (this.#load !== null && this.#sensor?.alignment === 'load-step') await sleep(this.#quietMs(), undefined, { signal: this.#signal });
    const series = (await this.#load?.stop()) ?? NOTHING;
    this.#load = null;
    return series;
  }

  /** Window on the harness's clock, null when nothing was measured. */
  result(load: PowerSeries, window: TimeWindow | null, inferences: number, offset: ClockOffset | null): EnergyFields {
    const sensor = this.#sensor;
    const absent = (reason: string): EnergyFields => ({ energy: null, energyAbsent: reason });
    if (sensor === null) return absent(this.#device.facts.absentSensors.find((item) => item.sensor === 'power')?.reason ?? 'this device has no power sensor');
    if (window === null) return absent('nothing was measured');
    const lost = load.lost ?? this.#idle.lost;
    if (lost !== null) return absent(`${sensor.name}: ${lost}`);
    const input = sensor.alignment === 'load-step' ? byLoadStep(load.readings, window) : byClock(this.#idle.readings, load.readings, window, offset);
    if (typeof input === 'string') return absent(`${sensor.name}: ${input}`);
    const { alignment, ...series } = input;
    const outcome = energyOf({ sensor: sensor.name, inferences, ...series });
    return 'record' in outcome ? { energy: { ...outcome.record, covers: sensor.covers, ...(alignment === undefined ? {} : { alignment }) }, energyAbsent: null } : absent(outcome.absent);
  }

  /** Never throws: when the way to the device fails, the launch's own fault says so. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load?.stop().catch(() => undefined);
    this.#load = null;
  }

  #quietMs(): number {
    const needed = (MIN_READINGS + SPARE_READINGS) * (this.#sensor?.intervalMs ?? 0);
    return Math.min(MOST_IDLE_MS, Math.max(LEAST_IDLE_MS, needed));
  }
}

interface Series {
  readonly idle: readonly PowerReading[];
  readonly load: readonly PowerReading[];
  readonly window: TimeWindow;
  readonly alignment?: NonNullable<EnergyRecord['alignment']>;
}

function byClock(idle: readonly PowerReading[], load: readonly PowerReading[], { startNs, endNs }: TimeWindow, offset: ClockOffset | null): Series | string {
  if (offset === null) return 'the harness does not tell its clock beside the device\'s uptime, so that power and inferences can not be brought together';
  return { idle, load, window: { startNs: startNs - offset.offsetNs, endNs: endNs - offset.offsetNs } };
}

/** Finds the window on the sensor's clock; the idle level is what it read before it. */
function byLoadStep(readings: readonly PowerReading[], { startNs, endNs }: TimeWindow): Series | string {
  const fit = alignStep(readings.map(({ timeNs }) => timeNs), readings.map(({ watts }) => watts), endNs - startNs);
  if (typeof fit === 'string') return fit;
  // An edge that is known only roughly would count rest as load.
  if (fit.width > (endNs - startNs) / 10) return `the step of the load is known to ${(fit.width / 2e6).toFixed(0)} ms only, in a window of ${((endNs - startNs) / 1e6).toFixed(0)} ms`;
  const idle = readings.filter(({ timeNs }) => timeNs < fit.start - fit.width / 2);
  return { idle, load: readings, window: { startNs: fit.start, endNs: fit.start + endNs - startNs }, alignment: { offsetNs: startNs - fit.start, withinNs: fit.width / 2 } };
}
