import * as z from 'zod';
import type { ThermalStatus } from '../domain/condition.ts';

/** The two kinds of phones, by what drives them: UiAutomator2 and XCUITest. */
export type PhonePlatform = 'android' | 'ios';

/** Null for an automation that is not of a phone. */
export function phonePlatform(automationName: string): PhonePlatform | null {
  const name = automationName.toLowerCase();
  if (name === 'uiautomator2') return 'android';
  return name === 'xcuitest' ? 'ios' : null;
}

/** What a phone tells of its battery. Null: it does not tell. */
export interface PhoneBattery {
  readonly percent: number | null;
  readonly celsius: number | null;
  /** Whether it takes a charge: a full battery at a charger takes none. */
  readonly charging: boolean | null;
}

/** What a phone is. Its name, its number and its owner's networks are left where they are. */
export interface PhoneInfo {
  readonly platform: PhonePlatform;
  readonly manufacturer: string | null;
  /** The name on the box on Android (`Pixel 8`); Apple's code on a real iPhone (`iPhone15,2`), else its kind (`iPhone`). */
  readonly model: string;
  readonly osVersion: string | null;
  readonly build: string | null;
  /** Of Android. */
  readonly apiLevel: number | null;
  readonly isSimulator: boolean | null;
  /** As iOS tells it; Android's driver has no command for it. */
  readonly thermalStatus: ThermalStatus | null;
}

export interface PhoneNetworks {
  readonly wifi: boolean | null;
  readonly mobileData: boolean | null;
  readonly airplaneMode: boolean | null;
}

const word = z.string().max(1000);
const optionalWord = word.nullish().transform((value) => (value === undefined || value === '' ? null : value));

/** Both drivers tell it from 0 to 1; -1 where the system does not (UiAutomator2's `BatteryInfo`, UIDevice.batteryLevel). */
const level = z.union([z.literal(-1), z.number().min(0).max(1)]).nullish().transform((value) => (value === undefined || value === null || value === -1 ? null : Number((value * 100).toFixed(2))));

/** android.os.BatteryManager.BATTERY_STATUS_*: 2 charging, 3 discharging, 4 not charging, 5 full; 1 and -1 unknown. */
const ANDROID_CHARGING: ReadonlyMap<number, boolean> = new Map([[2, true], [3, false], [4, false], [5, false]]);
/** UIDevice.BatteryState: 1 unplugged, 2 charging, 3 full; 0 unknown. */
const IOS_CHARGING: ReadonlyMap<number, boolean> = new Map([[1, false], [2, true], [3, false]]);

/** Hundredths of a degree, in IOPMPowerSource's `Temperature`; what lies outside of what a battery bears is another unit or no reading. */
const hundredthsC = z.number().nullish().transform((value) => (value === undefined || value === null || value < -2000 || value > 10_000 ? null : value / 100));

const state = z.number().nullish();

export const androidBatterySchema = z.object({ level, state }).transform((told): PhoneBattery => ({ percent: told.level, celsius: null, charging: ANDROID_CHARGING.get(told.state ?? -1) ?? null }));

/** `advanced` is there from iOS 18 on, and only with the package appium-ios-remotexpc beside the driver. */
export const iosBatterySchema = z.object({ level, state, advanced: z.object({ Temperature: hundredthsC }).nullish() })
  .transform((told): PhoneBattery => ({ percent: told.level, celsius: told.advanced?.Temperature ?? null, charging: IOS_CHARGING.get(told.state ?? 0) ?? null }));

export const androidInfoSchema = z.object({ manufacturer: optionalWord, model: word.min(1), apiVersion: z.union([z.coerce.number().int().positive(), z.null()]).optional(), platformVersion: optionalWord })
  .transform((told): PhoneInfo => ({ platform: 'android', manufacturer: told.manufacturer, model: told.model, osVersion: told.platformVersion, build: null, apiLevel: told.apiVersion ?? null, isSimulator: null, thermalStatus: null }));

/**
 * NSProcessInfo.ThermalState as stages of Android's scale: nominal; fair: slightly elevated; serious: the system takes measures; critical: the device must cool down.
 */
const THERMAL_STATES: ReadonlyMap<number, ThermalStatus> = new Map([[0, 'none'], [1, 'light'], [2, 'severe'], [3, 'critical']]);

export const iosInfoSchema = z.object({
  model: word.min(1), isSimulator: z.boolean().nullish(), thermalState: z.number().nullish(),
  lockdownInfo: z.object({ ProductType: optionalWord, ProductVersion: optionalWord, BuildVersion: optionalWord }).nullish(),
}).transform(({ model, isSimulator, thermalState, lockdownInfo }): PhoneInfo => ({
  platform: 'ios', manufacturer: 'Apple', model: lockdownInfo?.ProductType ?? model, osVersion: lockdownInfo?.ProductVersion ?? null, build: lockdownInfo?.BuildVersion ?? null, apiLevel: null,
  isSimulator: isSimulator ?? null, thermalStatus: THERMAL_STATES.get(thermalState ?? -1) ?? null,
}));

const flag = z.boolean().nullish().transform((value) => value ?? null);
export const networksSchema = z.object({ wifi: flag, data: flag, airplaneMode: flag }).transform((told): PhoneNetworks => ({ wifi: told.wifi, mobileData: told.data, airplaneMode: told.airplaneMode }));

/** Whether every radio is off; null when that can't be told. */
export function isOffline({ wifi, mobileData, airplaneMode }: PhoneNetworks): boolean | null {
  if (wifi === true) return false; // it may be on in airplane mode
  if (airplaneMode === true) return wifi === null ? null : true;
  if (mobileData === true) return false;
  return wifi === null || mobileData === null ? null : true;
}

/** XCUIApplication.State, which UiAutomator2 uses too. 0 is `not installed` on Android and `unknown` on iOS. */
const APP_STATES = ['absent', 'not-running', 'suspended', 'background', 'foreground'] as const;
export type AppState = (typeof APP_STATES)[number];
export const appStateSchema = z.int().min(0).max(4).transform((code): AppState => APP_STATES[code] ?? 'absent');

/** Rows of UiAutomator2's performance data under the names of its first row. Numbers come as text; null where the system has none. */
export type PerformanceRow = Readonly<Record<string, number | null>>;
const cell = z.union([z.string().max(100), z.number(), z.null()]).optional();
export const performanceSchema = z.tuple([z.array(word.min(1)).min(1).max(100)], z.array(cell).max(100)).refine((rows) => rows.length <= 10_000, 'more than 10,000 rows')
  .transform(([names, ...rows]): readonly PerformanceRow[] => rows.map((row) => Object.fromEntries(names.map((name, at) => [name, numberOf(row[at])]))));

function numberOf(value: string | number | null | undefined): number | null {
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}
