import { parsePowerSupplyUevent, type PowerSupply } from '../parse/power-supply-uevent.ts';
import type { FileTree } from './file-tree.ts';

const FOLDER = 'sys/class/power_supply';

export interface BatteryFacts {
  readonly percent: number | null;
  readonly celsius: number | null;
  /** Null when its status is neither of charging, discharging, full or held. */
  readonly charging: boolean | null;
}

/** Files of a supply that say what uevent says, for kernels and users that can't read that. */
const FILES = { TYPE: 'type', STATUS: 'status', PRESENT: 'present', CAPACITY: 'capacity', TEMP: 'temp' } as const;

/** A system's battery, by its power supplies. */
export class BatteryState {
  readonly #root: FileTree;
  readonly #folders: readonly string[];

  constructor(root: FileTree) {
    this.#root = root;
    this.#folders = root.list(FOLDER).map((name) => `${FOLDER}/${name}`).filter((folder) => isBattery(this.#supply(folder)));
  }

  /** The first battery that tells its level; null without one. */
  read(): BatteryFacts | null {
    const supplies = this.#folders.flatMap((folder) => this.#supply(folder) ?? []);
    const supply = supplies.find((each) => each.levelPercent !== undefined) ?? supplies[0];
    if (supply === undefined) return null;
    return { percent: supply.levelPercent ?? null, celsius: supply.temperatureC ?? null, charging: isCharging(supply.status) };
  }

  get present(): boolean {
    return this.#folders.length > 0;
  }

  #supply(folder: string): PowerSupply | null {
    const uevent = this.#root.text(`${folder}/uevent`) ?? Object.entries(FILES).flatMap(([label, file]) => {
      const text = this.#root.text(`${folder}/${file}`);
      return text === null ? [] : [`${label}=${text}\n`];
    }).join('');
    const outcome = parsePowerSupplyUevent(uevent);
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
