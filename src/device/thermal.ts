import { parseThermalZone } from '../parse/thermal-zone.ts';
import type { FileTree } from './file-tree.ts';

const FOLDER = 'sys/class/thermal';

/** What a profile says of the zones' names. */
export interface ThermalRules {
  /** Whether a zone of this type or a sensor of this name is none of the device's temperatures. */
  readonly ignores: (name: string) => boolean;
}

export const NO_THERMAL_RULES: ThermalRules = { ignores: () => false };

/** The thermal zones of a machine. Zones don't come and go, so they are listed once. */
export class ThermalZones {
  readonly #root: FileTree;
  readonly #zones: readonly { readonly type: string; readonly temp: string }[];

  constructor(root: FileTree, rules: ThermalRules) {
    this.#root = root;
    this.#zones = root.list(FOLDER).filter((name) => /^thermal_zone\d+$/.test(name)).map((name) => ({
      type: root.text(`${FOLDER}/${name}/type`) ?? '', temp: `${FOLDER}/${name}/temp`,
    })).filter(({ type }) => !rules.ignores(type));
  }

  /** The hottest zone, °C; null when no zone tells a temperature. */
  hottestC(): number | null {
    const temperatures = this.#zones.flatMap((zone) => parseThermalZone(zone.type, this.#root.text(zone.temp) ?? '') ?? []);
    return temperatures.length === 0 ? null : Math.max(...temperatures);
  }

  /** Why there is no temperature. */
  get absence(): string {
    return this.#zones.length === 0 ? `${this.#root.locate(FOLDER)} has no thermal zone` : `none of the ${this.#zones.length} thermal zones tells a temperature`;
  }
}
