import { batteryTemperatureC, batteryVoltage, UNDECIDED_CURRENT, undecidedCurrent } from './battery-reading.ts';
import { dumpLines, type DumpOutcome } from './dump.ts';
import { readLabels, splitPairs, type FieldsOf, type LabelTable } from './label-table.ts';
import { coded, positive, words, yesNo } from './reading.ts';
import { parseWholeNumber } from './whole-number.ts';

/** Codes of android.os.BatteryManager BATTERY_STATUS_*, BATTERY_HEALTH_* and of android.hardware.health BatteryCapacityLevel. */
const STATUS = { 1: 'unknown', 2: 'charging', 3: 'discharging', 4: 'not charging', 5: 'full' } as const;
const HEALTH = { 1: 'unknown', 2: 'good', 3: 'overheat', 4: 'dead', 5: 'over voltage', 6: 'unspecified failure', 7: 'cold' } as const;
const CAPACITY_LEVEL = { 1: 'critical', 2: 'low', 3: 'normal', 4: 'high', 5: 'full' } as const;

/** Whole labels, with their case: `Capacity level`, `pad level` and `pad status` (a second battery) are other lines than `level` and `status`. */
const FIELDS = {
  'AC powered': { field: 'acPowered', read: yesNo },
  'USB powered': { field: 'usbPowered', read: yesNo },
  'Wireless powered': { field: 'wirelessPowered', read: yesNo },
  'Dock powered': { field: 'dockPowered', read: yesNo },
  'Max charging current': { field: 'maxChargingCurrentUa', read: positive },
  'Max charging voltage': { field: 'maxChargingVoltageUv', read: positive },
  'Charge counter': { field: 'chargeCounterUah', read: positive },
  status: { field: 'status', read: coded(STATUS) },
  health: { field: 'health', read: coded(HEALTH) },
  present: { field: 'present', read: yesNo },
  voltage: { field: 'voltageMv', read: batteryVoltage(1000) },
  temperature: { field: 'temperatureC', read: batteryTemperatureC },
  technology: { field: 'technology', read: words },
  'Capacity level': { field: 'capacityLevel', read: coded(CAPACITY_LEVEL) },
  'current now': { field: 'currentNow', read: undecidedCurrent },
} as const satisfies LabelTable;

const LEVEL = {
  level: { field: 'level', read: parseWholeNumber },
  scale: { field: 'scale', read: positive },
} as const satisfies LabelTable;

/** Fields that come from the charger, not from the battery. */
const OF_CHARGER = ['acPowered', 'usbPowered', 'wirelessPowered', 'dockPowered', 'maxChargingCurrentUa', 'maxChargingVoltageUv', 'present'] as const;

export interface BatteryDump extends FieldsOf<typeof FIELDS> {
  /** `level` of `scale`, 0 to 100. */
  readonly levelPercent?: number;
  /** True after `dumpsys battery set` or `unplug`: the values are somebody's, not the device's. */
  readonly overridden?: true;
}

/** Reads `dumpsys battery` (BatteryService.dump): mV, tenths of °C, µA and µV of the charger, µAh. */
export function parseDumpsysBattery(text: string): DumpOutcome<BatteryDump> {
  const lines = dumpLines(text);
  const { fields, warnings: unread } = readLabels(splitPairs(lines, ':'), FIELDS);
  const { fields: { level, scale }, warnings: unreadLevel } = readLabels(splitPairs(lines, ':'), LEVEL);
  if (fields.status === undefined && fields.voltageMv === undefined && fields.temperatureC === undefined && level === undefined) {
    return { ok: false, reason: 'it has no readable status, level, voltage or temperature line of `dumpsys battery`' };
  }
  const warnings = [...unread, ...unreadLevel];
  const overridden = lines.some((line) => line.includes('(UPDATES STOPPED'));
  if (overridden) warnings.push('the values were set by hand (`dumpsys battery reset` ends that): they are not the device\'s');
  if (fields.present === false) {
    const charger = Object.fromEntries(OF_CHARGER.flatMap((field) => (fields[field] === undefined ? [] : [[field, fields[field]]])));
    return { ok: true, value: { ...charger, ...(overridden ? { overridden } : {}) }, warnings: [...warnings, 'the device has no battery: the lines about one are placeholders'] };
  }
  const powered = fields.acPowered === true || fields.usbPowered === true || fields.wirelessPowered === true || fields.dockPowered === true;
  if (powered && (fields.status === 'discharging' || fields.status === 'not charging')) warnings.push(`a charger is connected, but the battery is ${fields.status}`);
  if (fields.currentNow !== undefined) warnings.push(UNDECIDED_CURRENT);
  if (level !== undefined && (scale === undefined || level > scale)) warnings.push(`level ${level} of scale ${scale ?? '(missing)'} is no share: left out`);
  const levelPercent = level === undefined || scale === undefined || level > scale ? undefined : (level / scale) * 100;
  return { ok: true, value: { ...fields, ...(levelPercent === undefined ? {} : { levelPercent }), ...(overridden ? { overridden } : {}) }, warnings };
}
