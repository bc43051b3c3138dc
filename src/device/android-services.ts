import { THERMAL_STATUSES, type ConditionSample } from '../domain/condition.ts';
import { parseDumpsysBattery } from '../parse/dumpsys-battery.ts';
import { parseDumpsysThermalservice } from '../parse/dumpsys-thermalservice.ts';
import { overLimit, type ThermalRules } from './thermal.ts';

/** Each `dumpsys` is a process and a call to the system server, some 30 ms of a phone's time: five seconds apart they take under 1 % of one core. */
export const SERVICES_MS = 5000;

/** What is asked each time, in the reader's language. The order is that of the outputs. */
export const SERVICE_LINES: readonly string[] = ['run dumpsys thermalservice', 'run dumpsys battery', 'pick mWakefulness=|BatterySaverEnabled=|mLowPowerModeEnabled= dumpsys power'];

/** What is asked every few seconds only: of Android's services, or of a board's firmware (firmware-state.ts). */
export type ServiceState = Partial<Pick<ConditionSample, 'thermalStatus' | 'skinTemperatureC' | 'coolingSteps' | 'firmwareThrottling' | 'temperatureC' | 'overLimit' | 'batteryPercent' | 'batteryTemperatureC' | 'charging' | 'screenOn' | 'powerSaving'>>;

/** Of android.hardware.thermal.CoolingType: CPU, GPU, NPU and TPU. Fans, modems and batteries hold no model back. */
const HOLDS_PROCESSORS: ReadonlySet<number> = new Set([2, 3, 5, 7]);

/** What Android's services say of the device's state; what one does not say is absent. */
export function readServices([thermal = '', battery = '', power = '']: readonly string[], rules: ThermalRules): ServiceState {
  return { ...thermalState(thermal, rules), ...batteryState(battery), ...powerState(power) };
}

/** Why a quantity is not told, where its service says nothing of it. */
export function serviceAbsence(quantity: 'thermalStatus' | 'skinTemperatureC' | 'screenOn' | 'powerSaving', [thermal = '', , power = '']: readonly string[]): string {
  if (quantity === 'screenOn') return `dumpsys power has no mWakefulness line${firstWords(power)}`;
  if (quantity === 'powerSaving') return `dumpsys power says nothing of the battery saver${firstWords(power)}`;
  const outcome = parseDumpsysThermalservice(thermal);
  if (!outcome.ok) return `dumpsys thermalservice: ${outcome.reason}${firstWords(thermal)}`;
  if (quantity === 'thermalStatus') return 'dumpsys thermalservice has no Thermal Status line';
  return outcome.value.halReady === false ? 'the thermal HAL is not ready' : 'the thermal HAL lists no skin temperature';
}

function firstWords(text: string): string {
  const line = text.split('\n', 1).join('').trim().slice(0, 80);
  return line === '' ? ': it printed nothing' : ` (${JSON.stringify(line)})`;
}

function thermalState(text: string, rules: ThermalRules): ServiceState {
  const outcome = parseDumpsysThermalservice(text);
  if (!outcome.ok) return {};
  const { throttling, temperatures = [], coolingDevices = [] } = outcome.value;
  const counted = temperatures.filter(({ name }) => !rules.ignores(name));
  // Some devices say status 0 while a sensor of theirs throttles: the gravest of both counts.
  const stages = [throttling, ...counted.map((each) => each.throttling)].flatMap((stage) => (stage === undefined ? [] : [THERMAL_STATUSES.indexOf(stage)]));
  const skin = counted.filter(({ type }) => type === 'skin').map(({ celsius }) => celsius);
  const chips = counted.filter(({ type }) => type === 'cpu' || type === 'gpu' || type === 'npu' || type === 'tpu' || type === 'soc').map(({ celsius }) => celsius);
  const held = coolingDevices.filter(({ type }) => HOLDS_PROCESSORS.has(type)).map(({ state }) => state);
  const over = overLimit(counted.map(({ name, celsius }) => ({ zone: name, celsius })), rules);
  return {
    ...(stages.length === 0 ? {} : { thermalStatus: Math.max(...stages) }),
    ...(skin.length === 0 ? {} : { skinTemperatureC: Math.max(...skin) }),
    ...(chips.length === 0 ? {} : { temperatureC: Math.max(...chips) }),
    ...(held.length === 0 ? {} : { coolingSteps: held.reduce((sum, state) => sum + state, 0) }),
    ...(over === null ? {} : { overLimit: over }),
  };
}

function batteryState(text: string): ServiceState {
  const outcome = parseDumpsysBattery(text);
  // Values that were set by hand are somebody's, not the device's.
  if (!outcome.ok || outcome.value.overridden === true) return {};
  const { levelPercent, temperatureC, status } = outcome.value;
  return {
    ...(levelPercent === undefined ? {} : { batteryPercent: levelPercent }),
    ...(temperatureC === undefined ? {} : { batteryTemperatureC: temperatureC }),
    ...(status === undefined || status === 'unknown' ? {} : { charging: status === 'charging' }),
  };
}

/**
 * PowerManager's wakefulness: Awake and Dreaming (a screen saver) show a picture, Asleep and Dozing do not. Battery saver: mSettingBatterySaverEnabled since Android 9
 * (BatterySaverStateMachine), which stands for the setting `low_power` whoever switched it; mLowPowerModeEnabled before.
 */
function powerState(text: string): ServiceState {
  const screen = /mWakefulness=(Awake|Asleep|Dozing|Dreaming)/.exec(text)?.[1];
  const saving = /(?:mSettingBatterySaverEnabled|mLowPowerModeEnabled)=(true|false)/.exec(text)?.[1];
  return { ...(screen === undefined ? {} : { screenOn: screen === 'Awake' || screen === 'Dreaming' }), ...(saving === undefined ? {} : { powerSaving: saving === 'true' }) };
}
