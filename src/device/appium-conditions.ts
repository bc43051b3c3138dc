import { type ConditionSample, THERMAL_STATUSES } from '../domain/condition.ts';
import type { DeviceFacts } from '../domain/result.ts';
import type { AppiumPhone } from '../transport/appium-phone.ts';
import { isOffline, type PhoneBattery, type PhoneInfo } from '../transport/phone-answers.ts';
import { PhoneCommandError } from '../transport/phone-commands.ts';
import { TransportFault } from '../transport/transport-fault.ts';

type Conditions = Omit<ConditionSample, 'timeNs'>;
type Absence = DeviceFacts['absentSensors'][number];

/** The state of a phone behind Appium, at one moment. */
export interface PhoneState {
  /** Battery, charging; on iOS the thermal status; on Android the screen, which is on when the phone is not locked. The caller adds the time. */
  readonly conditions: Conditions;
  /** Null: it does not tell. A locked phone runs its page slowly or not at all. */
  readonly locked: boolean | null;
  /** Whether every radio is off; null: it does not tell (iOS never does). */
  readonly offline: boolean | null;
  /** What it does not tell, each with the reason in words. */
  readonly absent: readonly Absence[];
}

/** What a phone is and its state when its browser was opened. */
export interface PhoneFacts {
  /** Null: it does not tell. */
  readonly info: PhoneInfo | null;
  readonly state: PhoneState;
}

/** A command's answer; null, with the words as the reason, when the phone or its driver refuses it. Throws TransportFault `lost` or `timeout`. */
async function askPhone<T>(sensor: string, absent: Absence[], command: () => Promise<T>): Promise<T | null> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof PhoneCommandError)) throw error;
    if (error.kind === 'lost' || error.kind === 'timeout') throw new TransportFault(error.kind, error.device, `its Appium driver: ${error.command}: ${error.reason}`, error);
    absent.push({ sensor, reason: error.message });
    return null;
  }
}

/** Asks a phone what it is and for its state. Throws TransportFault. */
export async function readPhoneFacts(phone: AppiumPhone): Promise<PhoneFacts> {
  return { info: await askPhone('model', [], () => phone.info()), state: await readPhoneState(phone) };
}

/**
 * Asks a phone for its state: three commands, one after the other, some 100 ms of the phone's time each. Not while anything is timed.
 * What a command refuses is absent with its words. Throws TransportFault when the session is `lost` or a command hangs (`timeout`).
 */
export async function readPhoneState(phone: AppiumPhone): Promise<PhoneState> {
  const absent: Absence[] = [];
  const ask = <T>(sensor: string, command: () => Promise<T>): Promise<T | null> => askPhone(sensor, absent, command);
  const battery = await ask('battery', () => phone.battery());
  const locked = await ask('screenOn', () => phone.isLocked());
  const info = phone.platform === 'ios' ? await ask('thermalStatus', () => phone.info()) : null;
  const networks = phone.platform === 'android' ? await ask('network', () => phone.networks()) : null;
  if (battery !== null) absent.push(...batteryAbsences(battery));
  if (phone.platform === 'android') absent.push({ sensor: 'thermalStatus', reason: 'UiAutomator2 has no command for it; adb has' });
  else if (info !== null && info.thermalStatus === null) absent.push({ sensor: 'thermalStatus', reason: 'its device info names no thermal state' });
  return {
    conditions: { ...batteryConditions(battery), ...(phone.platform === 'android' && locked === false ? { screenOn: true } : {}), ...thermal(info) },
    locked, offline: networks === null ? null : isOffline(networks), absent,
  };
}

function batteryConditions(battery: PhoneBattery | null): Conditions {
  if (battery === null) return {};
  const { percent, celsius, charging } = battery;
  return { ...(percent === null ? {} : { batteryPercent: percent }), ...(celsius === null ? {} : { batteryTemperatureC: celsius }), ...(charging === null ? {} : { charging }) };
}

function batteryAbsences({ percent, celsius, charging }: PhoneBattery): Absence[] {
  return [
    ...(percent === null ? [{ sensor: 'batteryPercent', reason: 'its battery info names no level' }] : []),
    ...(celsius === null ? [{ sensor: 'batteryTemperatureC', reason: 'its battery info names no temperature' }] : []),
    ...(charging === null ? [{ sensor: 'charging', reason: 'its battery info names no state' }] : []),
  ];
}

function thermal(info: PhoneInfo | null): Conditions {
  return info === null || info.thermalStatus === null ? {} : { thermalStatus: THERMAL_STATUSES.indexOf(info.thermalStatus) };
}

/** Models of the emulator's system images, as Build.MODEL names them. */
const EMULATOR_MODEL = /^(?:google_)?sdk(?:_|$)|^Android SDK built for /i;

/** Whether adb gave the serial to an emulator. */
export function isEmulatorSerial(serial: string | null): boolean {
  return serial !== null && /^emulator-\d+$/.test(serial);
}

/** A phone's model and system as a device's facts name them. */
export function phoneFacts({ platform, manufacturer, model, osVersion, build, apiLevel, isSimulator }: PhoneInfo): Pick<DeviceFacts, 'model' | 'os' | 'virtualization' | 'emulated'> {
  const system = platform === 'android' ? 'Android' : 'iOS';
  const isAndroidEmulator = platform === 'android' && EMULATOR_MODEL.test(model);
  const detail = [build, apiLevel === null ? null : `API ${apiLevel}`].filter((each) => each !== null).join(', ');
  return {
    model: manufacturer === null || model.toLowerCase().startsWith(manufacturer.toLowerCase()) ? model : `${manufacturer} ${model}`,
    os: `${system}${osVersion === null ? '' : ` ${osVersion}`}${detail === '' ? '' : ` (${detail})`}`,
    ...(platform === 'android' ? (isAndroidEmulator ? { virtualization: 'Android Emulator' } : {}) : isSimulator === null ? {} : { virtualization: isSimulator ? 'iOS Simulator' : null }),
    emulated: isSimulator === true || isAndroidEmulator,
  };
}
