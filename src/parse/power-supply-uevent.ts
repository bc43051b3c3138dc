import { batteryInteger, batteryTemperatureC, batteryVoltage, UNDECIDED_CURRENT, undecidedCurrent } from './battery-reading.ts';
import { dumpLines, type DumpOutcome } from './dump.ts';
import { readLabels, splitPairs, type FieldsOf, type LabelTable } from './label-table.ts';
import { positive, words, yesNo } from './reading.ts';
import { parseWholeNumber } from './whole-number.ts';

function percent(text: string): number | null {
  const value = parseWholeNumber(text);
  return value === null || value > 100 ? null : value;
}

/** Units of Linux Documentation/ABI/testing/sysfs-class-power: µV, µAh, tenths of °C. */
const FIELDS = {
  NAME: { field: 'name', read: words },
  TYPE: { field: 'type', read: words },
  STATUS: { field: 'status', read: words },
  HEALTH: { field: 'health', read: words },
  PRESENT: { field: 'present', read: yesNo },
  ONLINE: { field: 'online', read: yesNo },
  CHARGE_TYPE: { field: 'chargeType', read: words },
  CAPACITY: { field: 'levelPercent', read: percent },
  VOLTAGE_NOW: { field: 'voltageUv', read: batteryVoltage(1e6) },
  VOLTAGE_OCV: { field: 'openCircuitVoltageUv', read: batteryVoltage(1e6) },
  CURRENT_NOW: { field: 'currentNow', read: undecidedCurrent },
  CURRENT_AVG: { field: 'currentAverage', read: undecidedCurrent },
  TEMP: { field: 'temperatureC', read: batteryTemperatureC },
  CHARGE_COUNTER: { field: 'chargeCounterUah', read: batteryInteger },
  CHARGE_FULL: { field: 'chargeFullUah', read: positive },
  CHARGE_FULL_DESIGN: { field: 'chargeFullDesignUah', read: positive },
  CYCLE_COUNT: { field: 'cycleCount', read: parseWholeNumber },
  TECHNOLOGY: { field: 'technology', read: words },
} as const satisfies LabelTable;

export type PowerSupply = FieldsOf<typeof FIELDS>;

const PREFIX = 'POWER_SUPPLY_';

/** Reads one or more `uevent` files of /sys/class/power_supply, with or without `POWER_SUPPLY_` (some tools print them without). A supply starts at its NAME. */
export function parsePowerSupplyUevent(text: string): DumpOutcome<{ readonly supplies: readonly PowerSupply[] }> {
  const groups: (readonly [string, string])[][] = [[]];
  for (const [label, value] of splitPairs(dumpLines(text), '=')) {
    const key = label.startsWith(PREFIX) ? label.slice(PREFIX.length) : label;
    if (key === 'NAME' && (groups.at(-1)?.some(([earlier]) => earlier === 'NAME') ?? false)) groups.push([]);
    groups.at(-1)?.push([key, value]);
  }
  const supplies: PowerSupply[] = [];
  const warnings: string[] = [];
  for (const group of groups) {
    const { fields, warnings: unread } = readLabels(group, FIELDS);
    if (Object.keys(fields).length === 0) continue;
    supplies.push(fields);
    warnings.push(...unread.map((warning) => (fields.name === undefined ? warning : `${fields.name}: ${warning}`)));
    if (fields.currentNow !== undefined || fields.currentAverage !== undefined) warnings.push(`${fields.name ?? 'the supply'}: ${UNDECIDED_CURRENT}`);
  }
  if (supplies.length === 0) return { ok: false, reason: 'it has no POWER_SUPPLY_ line that a uevent file of a power supply has' };
  return { ok: true, value: { supplies }, warnings };
}
