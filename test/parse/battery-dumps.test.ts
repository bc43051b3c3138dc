import { expect, test } from 'vitest';
import { parseDumpsysBattery } from '../../src/parse/dumpsys-battery.ts';
import { parsePowerSupplyUevent } from '../../src/parse/power-supply-uevent.ts';
import { read, refusal } from './reading.ts';

const BATTERY = `Current Battery Service state:
  AC powered: false
  USB powered: true
  Wireless powered: false
  Max charging current: 500000
  Max charging voltage: 5000000
  Charge counter: 2100000
  status: 2
  health: 2
  present: true
  level: 63
  scale: 100
  voltage: 4012
  temperature: 287
  technology: Li-ion
`;

test('units: mV, tenths of °C, level of scale', () => {
  expect(read(parseDumpsysBattery(BATTERY))).toEqual({
    acPowered: false, usbPowered: true, wirelessPowered: false, maxChargingCurrentUa: 500_000, maxChargingVoltageUv: 5_000_000, chargeCounterUah: 2_100_000,
    status: 'charging', health: 'good', present: true, levelPercent: 63, voltageMv: 4012, temperatureC: 28.7, technology: 'Li-ion', warnings: [],
  });
  expect(read(parseDumpsysBattery(BATTERY.replace('level: 63\n  scale: 100', 'level: 120\n  scale: 200'))).levelPercent).toBe(60);
});

test('`Capacity level:` is not the level, in either order, also when the level is missing', () => {
  expect(read(parseDumpsysBattery(`  Capacity level: 3\n${BATTERY}`))).toMatchObject({ levelPercent: 63, capacityLevel: 'normal' });
  expect(read(parseDumpsysBattery(BATTERY.replace('  level: 63\n', '  Capacity level: 3\n')))).not.toHaveProperty('levelPercent');
});

test('a second battery\'s `pad` lines are not the battery\'s', () => {
  const battery = read(parseDumpsysBattery(BATTERY.replace('  status: 2\n', '  pad status: 1\n  pad level: -1\n  pad present: false\n  status: 3\n')));
  expect(battery).toMatchObject({ status: 'discharging', levelPercent: 63, present: true });
});

test('lines of a vendor\'s log after the state do not overwrite it, nor fill what was garbage', () => {
  const log = '  LED Charging: true\n  current now: -347\n  [07-06 10:00:01] level:9 voltage:3300 status:3\n  voltage: 3300 temp 250\n  voltage: 3300\n  temperature: 10\nSomeBackUp\n  mSavedMax: 782\n';
  expect(read(parseDumpsysBattery(BATTERY + log))).toMatchObject({ voltageMv: 4012, temperatureC: 28.7, levelPercent: 63 });
  expect(read(parseDumpsysBattery(BATTERY.replace('voltage: 4012', 'voltage: ???') + log))).not.toHaveProperty('voltageMv');
});

test('a current stays undecided: its unit and sign are the vendor\'s', () => {
  const battery = read(parseDumpsysBattery(`${BATTERY}  current now: -347\n`));
  expect(battery.currentNow).toEqual({ raw: -347, unit: 'unknown', sign: 'unknown' });
  expect(battery.warnings.join()).toContain('a device profile decides');
});

test('a charger that is connected is not charging', () => {
  expect(read(parseDumpsysBattery(BATTERY.replace('status: 2', 'status: 4')))).toMatchObject({ usbPowered: true, status: 'not charging', warnings: ['a charger is connected, but the battery is not charging'] });
});

test.each([
  ['Charge counter: 2100000', 'Charge counter: 0', 'chargeCounterUah'],
  ['voltage: 4012', 'voltage: 0', 'voltageMv'],
  ['voltage: 4012', 'voltage: 4', 'voltageMv'],
  ['voltage: 4012', 'voltage: 4012000', 'voltageMv'],
  ['temperature: 287', 'temperature: 0', 'temperatureC'],
  ['temperature: 287', 'temperature: -22', 'temperatureC'],
  ['temperature: 287', 'temperature: 28700', 'temperatureC'],
  ['level: 63', 'level: 163', 'levelPercent'],
  ['  scale: 100\n', '', 'levelPercent'],
  ['status: 2', 'status: 9', 'status'],
  ['Max charging current: 500000', 'Max charging current: 0', 'maxChargingCurrentUa'],
])('%j as %j is absent, never 0, and said', (good, bad, field) => {
  const battery = read(parseDumpsysBattery(BATTERY.replace(good, bad)));
  expect(battery).not.toHaveProperty(field);
  expect(battery.warnings).toHaveLength(1);
});

test('below zero is a temperature', () => {
  expect(read(parseDumpsysBattery(BATTERY.replace('temperature: 287', 'temperature: -81'))).temperatureC).toBe(-8.1);
});

test('values set by hand are said; a device without a battery has no battery values', () => {
  expect(read(parseDumpsysBattery(BATTERY.replace('state:\n', 'state:\n  (UPDATES STOPPED -- use \'reset\' to restart)\n')))).toMatchObject({ overridden: true });
  expect(read(parseDumpsysBattery(BATTERY.replace('present: true', 'present: false')))).toEqual({
    acPowered: false, usbPowered: true, wirelessPowered: false, maxChargingCurrentUa: 500_000, maxChargingVoltageUv: 5_000_000, present: false,
    warnings: ['the device has no battery: the lines about one are placeholders'],
  });
});

test('something else is refused', () => {
  for (const text of ['Can\'t find service: battery\n', 'AC powered: true\n', 'level 5\n']) expect(refusal(parseDumpsysBattery(text))).toContain('dumpsys battery');
});

const UEVENT = 'POWER_SUPPLY_NAME=battery\nPOWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_CAPACITY=44\nPOWER_SUPPLY_VOLTAGE_NOW=3815175\nPOWER_SUPPLY_CURRENT_NOW=976\nPOWER_SUPPLY_TEMP=313\n';

test('uevent: µV, tenths of °C; a small current is not taken for mA', () => {
  const { supplies } = read(parsePowerSupplyUevent(UEVENT));
  expect(supplies).toEqual([{ name: 'battery', status: 'Discharging', levelPercent: 44, voltageUv: 3_815_175, currentNow: { raw: 976, unit: 'unknown', sign: 'unknown' }, temperatureC: 31.3 }]);
  expect(read(parsePowerSupplyUevent(UEVENT.replaceAll('POWER_SUPPLY_', ''))).supplies).toEqual(supplies);
});

test.each([['CURRENT_NOW', '-22', 'currentNow'], ['CURRENT_NOW', '-61', 'currentNow'], ['TEMP', '-22', 'temperatureC'], ['VOLTAGE_NOW', '-22', 'voltageUv'], ['VOLTAGE_NOW', '3815', 'voltageUv'], ['CAPACITY', '101', 'levelPercent'], ['CAPACITY', '', 'levelPercent']])('uevent: %s=%s is no reading', (label, value, field) => {
  const [supply] = read(parsePowerSupplyUevent(UEVENT.replace(new RegExp(`(${label}=).*`), `$1${value}`))).supplies;
  expect(supply).toHaveProperty('name', 'battery');
  expect(supply).not.toHaveProperty(field);
});

test('uevent: several supplies stay apart', () => {
  const { supplies } = read(parsePowerSupplyUevent(`${UEVENT}POWER_SUPPLY_NAME=usb\nPOWER_SUPPLY_ONLINE=1\nPOWER_SUPPLY_VOLTAGE_NOW=5012000\n`));
  expect(supplies).toMatchObject([{ name: 'battery', voltageUv: 3_815_175 }, { name: 'usb', online: true, voltageUv: 5_012_000 }]);
  expect(refusal(parsePowerSupplyUevent('DRIVER=ina3221\nOF_NAME=ina3221\n'))).toContain('POWER_SUPPLY_');
});
