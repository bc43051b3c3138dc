import type { PowerSourceOf } from '../domain/power-source.ts';
import { batteryInteger, batteryVoltage } from '../parse/battery-reading.ts';
import { integer } from '../parse/reading.ts';
import type { FileTree } from './file-tree.ts';
import { SensorLost, type FoundPower, type PowerMeter } from './power-probe.ts';
import type { PowerReading } from './power-sensor.ts';

/** Amperes in a unit of current_now. */
const AMPERES = { uA: 1e-6, mA: 1e-3 } as const;
/** Next to nothing in µA, where such a number is a leaked error code; in mA it is what a phone takes that does little. */
const CURRENT = { uA: batteryInteger, mA: integer } as const;
/** sysfs gives µV (Linux Documentation/ABI/testing/sysfs-class-power). */
const VOLTS = 1e-6;

/** A battery's gauge as a sensor, by unit and sign that the profile tells; or why there is none. */
export function findBatteryPower(root: FileTree, source: PowerSourceOf<'battery'>): FoundPower {
  const folder = `sys/class/power_supply/${source.supply}`;
  const files = { current: `${folder}/current_now`, voltage: `${folder}/voltage_now`, uevent: `${folder}/uevent`, status: `${folder}/status` };
  for (const file of [files.current, files.voltage]) {
    const reading = root.read(file);
    if ('absent' in reading) return { absent: reading.absent };
  }
  if (CURRENT[source.currentUnit](root.text(files.current) ?? '') === null) return { absent: `${root.locate(files.current)} holds no current: ${JSON.stringify(root.text(files.current) ?? '')}` };
  return {
    probe: { name: 'battery', covers: 'whole device at its battery (gauge)', intervalMs: source.refreshMs, files: Object.values(files), begin: () => new BatteryMeter(source, files) },
  };
}

interface GaugeFiles {
  readonly current: string;
  readonly voltage: string;
  readonly uevent: string;
  /** Says the same, for users that can't read the other. */
  readonly status: string;
}

class BatteryMeter implements PowerMeter {
  readonly #source: PowerSourceOf<'battery'>;
  readonly #files: GaugeFiles;
  #last = '';

  constructor(source: PowerSourceOf<'battery'>, files: GaugeFiles) {
    this.#source = source;
    this.#files = files;
  }

  take(root: FileTree, timeNs: number): PowerReading | null {
    const currentText = root.text(this.#files.current) ?? '';
    const voltageText = root.text(this.#files.voltage) ?? '';
    // Full and Not charging are a charger's too: it feeds the device past the battery, whose own current is then next to nothing.
    const status = (/^POWER_SUPPLY_STATUS=(.*)$/m.exec(root.text(this.#files.uevent) ?? '')?.[1] ?? root.text(this.#files.status))?.trim();
    if (status !== undefined && status !== 'Discharging') throw new SensorLost(`the battery's status is ${JSON.stringify(status.slice(0, 40))}, not Discharging: its current does not tell what the device takes. What to do: unplug the charger, or let the port give no power`);
    const current = CURRENT[this.#source.currentUnit](currentText);
    const volts = (batteryVoltage(1 / VOLTS)(voltageText) ?? Number.NaN) * VOLTS;
    if (current === null || Number.isNaN(volts)) throw new SensorLost(`the battery's gauge says ${JSON.stringify(currentText)} and ${JSON.stringify(voltageText)}, which is no current and voltage`);
    // Between two updates of the gauge its files say the same: that is one reading, however often it is read.
    const seen = `${currentText} ${voltageText}`;
    if (seen === this.#last) return null;
    this.#last = seen;
    const drawn = current * (this.#source.discharging === 'positive' ? 1 : -1);
    if (drawn < 0) throw new SensorLost(`the battery's current of ${current} ${this.#source.currentUnit} flows into it: something charges it, or the profile's sign (discharging: ${this.#source.discharging}) is wrong`);
    return { timeNs, watts: drawn * AMPERES[this.#source.currentUnit] * volts };
  }
}
