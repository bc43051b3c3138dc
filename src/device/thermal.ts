import type { ConditionSample } from '../domain/condition.ts';
import { parseThermalZone } from '../parse/thermal-zone.ts';
import type { FileTree } from './file-tree.ts';

const FOLDER = 'sys/class/thermal';

/** What a profile says of the zones' names. */
export interface ThermalRules {
  /** Whether a zone of this type or a sensor of this name is none of the device's temperatures. */
  readonly ignores: (name: string) => boolean;
  /** From which temperature of this zone on the device slows itself down, °C; null where that is not known. */
  readonly throttlesAtC: (name: string) => number | null;
}

export const NO_THERMAL_RULES: ThermalRules = { ignores: () => false, throttlesAtC: () => null };

interface Warm { readonly zone: string; readonly celsius: number }

/** Of these zones or sensors, the one that is furthest beyond its own limit; null when none has reached it. */
export function overLimit(temperatures: readonly Warm[], rules: ThermalRules): NonNullable<ConditionSample['overLimit']> | null {
  const over = temperatures.flatMap(({ zone, celsius }) => {
    const throttlesAtC = rules.throttlesAtC(zone);
    return throttlesAtC === null || celsius < throttlesAtC ? [] : [{ zone, celsius, throttlesAtC }];
  });
  return over.toSorted((a, b) => (b.celsius - b.throttlesAtC) - (a.celsius - a.throttlesAtC))[0] ?? null;
}

/** The thermal zones of a machine. Zones don't come and go, so they are listed once. */
export class ThermalZones {
  readonly #root: FileTree;
  readonly #rules: ThermalRules;
  readonly #zones: readonly { readonly type: string; readonly temp: string }[];

  constructor(root: FileTree, rules: ThermalRules) {
    this.#root = root;
    this.#rules = rules;
    this.#zones = root.list(FOLDER).filter((name) => /^thermal_zone\d+$/.test(name)).map((name) => ({
      type: root.text(`${FOLDER}/${name}/type`) ?? '', temp: `${FOLDER}/${name}/temp`,
    })).filter(({ type }) => !rules.ignores(type));
  }

  /** The hottest zone, °C, null when no zone tells a temperature; and which is over its limit. */
  read(): { readonly hottestC: number | null; readonly overLimit: ConditionSample['overLimit'] | null } {
    const told = this.#zones.flatMap(({ type, temp }) => {
      const celsius = parseThermalZone(type, this.#root.text(temp) ?? '');
      return celsius === null ? [] : [{ zone: type.trim(), celsius }];
    });
    return { hottestC: told.length === 0 ? null : Math.max(...told.map(({ celsius }) => celsius)), overLimit: overLimit(told, this.#rules) };
  }

  /** Why there is no temperature. */
  get absence(): string {
    return this.#zones.length === 0 ? `${this.#root.locate(FOLDER)} has no thermal zone` : `none of the ${this.#zones.length} thermal zones tells a temperature`;
  }
}
