import type { ImageName } from '../base-root.ts';
import type { BoardState } from '../physics.ts';

/** Files of a board: path below its folder -> content. `sys/…` is its /sys, `lab/…` its /lab. */
export type BoardFiles = Readonly<Record<string, string>>;

/** One kind of board in the lab. */
export interface BoardKind {
  readonly image: Extract<ImageName, 'amd64' | 'arm64'>;
  readonly reach: 'adb' | 'ssh';
  /** Whose shell and small programs it has. */
  readonly tools: 'toybox' | 'busybox' | 'coreutils';
  readonly auth: 'required' | 'open';
  readonly model: string;
  /** What never changes. */
  fixed(serial: string): BoardFiles;
  /** What follows its state. */
  changing(state: BoardState): BoardFiles;
}

/** `/sys/class/thermal` of these zones, in thousandths of a degree. */
export function thermalZones(zones: readonly (readonly [type: string, celsius: number])[]): BoardFiles {
  const files: Record<string, string> = {};
  for (const [i, [type, celsius]] of zones.entries()) {
    files[`sys/class/thermal/thermal_zone${i}/type`] = `${type}\n`;
    files[`sys/class/thermal/thermal_zone${i}/temp`] = `${Math.round(celsius * 1000)}\n`;
  }
  return files;
}

/** cpufreq of one cluster of the first `cores` cores. */
export function cpuClock(cores: number, maxKhz: number, state: BoardState): BoardFiles {
  const files: Record<string, string> = {};
  const now = Math.round(maxKhz * state.clock);
  for (let i = 0; i < cores; i++) {
    const folder = `sys/devices/system/cpu/cpu${i}/cpufreq`;
    files[`${folder}/cpuinfo_max_freq`] = `${maxKhz}\n`;
    files[`${folder}/cpuinfo_min_freq`] = `${Math.round(maxKhz / 5)}\n`;
    files[`${folder}/scaling_max_freq`] = `${state.throttling >= 3 ? now : maxKhz}\n`;
    files[`${folder}/scaling_min_freq`] = `${Math.round(maxKhz / 5)}\n`;
    files[`${folder}/scaling_cur_freq`] = `${now}\n`;
    files[`${folder}/related_cpus`] = `${Array.from({ length: cores }, (_, at) => at).join(' ')}\n`;
  }
  return files;
}

/** A governor that a program may set: not written again by the lab. */
export function governors(cores: number, available: string, governor: string): BoardFiles {
  const files: Record<string, string> = {};
  for (let i = 0; i < cores; i++) {
    files[`sys/devices/system/cpu/cpu${i}/cpufreq/scaling_available_governors`] = `${available}\n`;
    files[`sys/devices/system/cpu/cpu${i}/cpufreq/scaling_governor`] = `${governor}\n`;
  }
  return files;
}

/** `dumpsys thermalservice` in the form of Android 11 and later. */
export function thermalService(status: number, temperatures: readonly (readonly [name: string, type: number, celsius: number])[], cached: string): string {
  const line = ([name, type, celsius]: (typeof temperatures)[number]): string => `\tTemperature{mValue=${celsius.toFixed(1)}, mType=${type}, mName=${name}, mStatus=${type === 3 ? status : 0}}`;
  return [
    'IsStatusOverride: false', 'ThermalEventListeners:', '\tcallbacks: 2', '\tkilled: false', '\tbroadcasts count: -1', `Thermal Status: ${status}`, 'Cached temperatures:', cached,
    'HAL Ready: true', 'HAL connection:', '\tThermalHAL AIDL 1  connected: yes', 'Current temperatures from HAL:', ...temperatures.map((each) => line(each)),
    'Current cooling devices from HAL:', `\tCoolingDevice{mValue=${status}, mType=2, mName=thermal-cpufreq-0}`, '',
  ].join('\n');
}

/** `dumpsys battery` in the form of Android 15. */
export function batteryService(state: BoardState, more: readonly string[]): string {
  return [
    'Current Battery Service state:', '  AC powered: false', `  USB powered: ${state.charger === 'usb'}`, '  Wireless powered: false', '  Dock powered: false',
    '  Max charging current: 500000', '  Max charging voltage: 5000000', `  Charge counter: ${state.batteryLevel * 42_000}`, `  status: ${state.charger === 'usb' ? 2 : 3}`, '  health: 2',
    '  present: true', `  level: ${state.batteryLevel}`, '  scale: 100', `  voltage: ${Math.round(state.voltageUv / 1000)}`, `  temperature: ${Math.round(state.skinC * 10)}`, '  technology: Li-ion', ...more, '',
  ].join('\n');
}
