import { parsePowerSupplyUevent, type PowerSupply } from '../parse/power-supply-uevent.ts';
import type { FileTree } from './file-tree.ts';

const FOLDER = 'sys/class/power_supply';

export interface BatteryFacts {
  readonly percent: number | null;
  readonly celsius: number | null;
  /** Null when its status is neither of charging, discharging, full or held. */
  readonly charging: boolean | null;
}

/** A system's battery, by the uevent files of its power supplies. */
export class BatteryState {
  readonly #root: FileTree;
  readonly #files: readonly string[];

  constructor(root: FileTree) {
    this.#root = root;
    this.#files = root.list(FOLDER).map((name) => `${FOLDER}/${name}/uevent`).filter((file) => isBattery(this.#supply(file)));
  }

  /** The first battery that tells its level; null without one. */
  read(): BatteryFacts | null {
    const supplies = this.#files.flatMap((file) => this.#supply(file) ?? []);
    const supply = supplies.find((each) => each.levelPercent !== undefined) ?? supplies[0];
    if (supply === undefined) return null;
    return { percent: supply.levelPercent ?? null, celsius: supply.temperatureC ?? null, charging: isCharging(supply.status) };
  }

  get present(): boolean {
    return this.#files.length > 0;
  }

  #supply(file: string): PowerSupply | null {
    const outcome = parsePowerSupplyUevent(this.#root.text(file) ?? '');
    return outcome.ok ? (outcome.value.supplies[0] ?? null) : null;
  }
}

/** A mouse's or pen's battery is of the scope `Device`, and has no PRESENT line in most kernels; type and presence tell the system's own. */
function isBattery(supply: PowerSupply | null): boolean {
  return supply !== null && supply.type === 'Battery' && supply.present !== false;
}

/** Status texts of Linux Documentation/ABI/testing/sysfs-class-power. */
function isCharging(status: string | undefined): boolean | null {
  if (status === 'Charging') return true;
  return status === 'Discharging' || status === 'Not charging' || status === 'Full' ? false : null;
}
