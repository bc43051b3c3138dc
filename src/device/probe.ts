import { GPU_MODULE_LINES } from './gpu-driver.ts';

/** What is read of a device when it is opened: lines of the reader's language. Bounds are far above what any device has. */
export const PROBE_LINES: readonly string[] = [
  'scan 4000 proc/cpuinfo', 'scan 64 proc/meminfo', 'scan 1 proc/stat', 'scan 1 proc/loadavg', 'scan 2 proc/pressure/cpu', 'scan 1 proc/sys/kernel/osrelease', 'scan 1 proc/sys/kernel/ostype', 'scan 1 proc/sys/kernel/random/boot_id',
  'nul sys/firmware/devicetree/base/model', 'nul sys/firmware/devicetree/base/compatible', 'nul sys/firmware/devicetree/base/hypervisor/compatible', 'nul proc/1/environ', 'scan 40 proc/1/cgroup',
  'scan 40 etc/os-release', 'scan 40 usr/lib/os-release', 'scan 1 .dockerenv', 'scan 1 run/.containerenv', 'scan 1 run/systemd/container', 'scan 1 sys/hypervisor/type',
  'scan 1 sys/class/dmi/id/*_vendor', 'scan 1 sys/class/dmi/id/*_name', 'scan 1 sys/class/dmi/id/product_version',
  'scan 1 sys/devices/system/cpu/online', 'scan 1 sys/devices/system/cpu/modalias', 'scan 1 sys/devices/system/cpu/intel_pstate/no_turbo', 'scan 1 sys/devices/system/cpu/cpufreq/boost',
  ...['cpuinfo_max_freq', 'scaling_max_freq', 'scaling_cur_freq', 'scaling_governor', 'related_cpus'].map((file) => `scan 1 sys/devices/system/cpu/cpu*/cpufreq/${file}`),
  'scan 1 sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count',
  'scan 1 sys/class/thermal/thermal_zone*/type', 'scan 1 sys/class/thermal/thermal_zone*/temp', 'scan 1 sys/class/thermal/cooling_device*/type', 'scan 1 sys/class/thermal/cooling_device*/cur_state',
  'scan 80 sys/class/power_supply/*/uevent', ...['type', 'status', 'present', 'capacity', 'temp'].map((file) => `scan 1 sys/class/power_supply/*/${file}`), 'scan 1 sys/class/power_supply/*/current_now', 'scan 1 sys/class/power_supply/*/voltage_now',
  'scan 1 sys/class/powercap/intel-rapl*/name', 'scan 1 sys/class/powercap/intel-rapl*/energy_uj', 'scan 1 sys/class/powercap/intel-rapl*/max_energy_range_uj',
  'scan 1 sys/bus/iio/devices/iio:device*/name', 'scan 60 sys/bus/iio/devices/iio:device*/energy_value',
  'scan 1 sys/class/hwmon/hwmon*/name', 'scan 1 sys/class/hwmon/hwmon*/in0_lcrit_alarm', 'scan 1 sys/class/hwmon/hwmon*/in*_input', 'scan 1 sys/class/hwmon/hwmon*/in*_label', 'scan 1 sys/class/hwmon/hwmon*/curr*_input', 'scan 1 sys/class/hwmon/hwmon*/power*_input',
  'scan 1 sys/fs/cgroup/memory.max', 'scan 1 sys/fs/cgroup/memory/memory.limit_in_bytes',
  ...GPU_MODULE_LINES,
  'run uname -m', 'run uname -sr', 'self',
];

/** Index of each command's output in the answer to PROBE_LINES. */
export const PROBE_OUTPUTS = { machine: 0, system: 1, self: 2 } as const;

/** Lines of a file that are read again and again; the others have one. */
const MANY_LINES: readonly (readonly [path: RegExp, lines: number])[] = [
  [/^proc\/meminfo$/, 8], [/^proc\/pressure\//, 2], [/\/uevent$/, 80], [/\/energy_value$/, 60],
];

export function linesOf(path: string): number {
  return MANY_LINES.find(([pattern]) => pattern.test(path))?.[1] ?? 1;
}
