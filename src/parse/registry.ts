import { parseAdbDevices } from './adb-devices.ts';
import { parseBenchmarkModel } from './benchmark-model.ts';
import { parseCpuSysfs } from './cpu-sysfs.ts';
import { parseDelegateLogs } from './delegate-logs.ts';
import { MAX_LINE_CHARS, type DumpOutcome } from './dump.ts';
import { parseDumpsysBattery } from './dumpsys-battery.ts';
import { parseDumpsysMeminfo } from './dumpsys-meminfo.ts';
import { parseDumpsysThermalservice } from './dumpsys-thermalservice.ts';
import { parseGetprop } from './getprop.ts';
import { parseGpuBusy } from './gpu-busy.ts';
import { parseGpuInfo } from './gpu-info.ts';
import { parseInaHwmon } from './ina-hwmon.ts';
import { parseOdpmEnergyValue } from './odpm-energy-value.ts';
import { parseOrtLogs } from './ort-logs.ts';
import { parsePowerSupplyUevent } from './power-supply-uevent.ts';
import { parseProcCpuinfo } from './proc-cpuinfo.ts';
import { parseProcMeminfo } from './proc-meminfo.ts';
import { parseSmapsRollup } from './smaps-rollup.ts';
import { parseTegrastats } from './tegrastats.ts';
import { parseThermalZones } from './thermal-zones.ts';
import { parseVcgencmdThrottled } from './vcgencmd-throttled.ts';

/** A format of device text that Paddock reads. */
export interface DumpKind {
  readonly kind: string;
  /** What a user runs to get such a dump. */
  readonly summary: string;
  readonly parse: (text: string) => DumpOutcome<object>;
}

/** Every kind, in the order in which they are listed. */
export const DUMP_KINDS: readonly DumpKind[] = [
  { kind: 'adb-devices', summary: 'adb devices [-l]', parse: parseAdbDevices },
  { kind: 'benchmark-model', summary: 'the log of TensorFlow Lite\'s benchmark_model', parse: parseBenchmarkModel },
  { kind: 'cpu-sysfs', summary: 'grep -r \'\' /sys/devices/system/cpu', parse: parseCpuSysfs },
  { kind: 'delegate-logs', summary: 'a log of TensorFlow Lite or LiteRT with its delegate lines', parse: parseDelegateLogs },
  { kind: 'dumpsys-battery', summary: 'adb shell dumpsys battery', parse: parseDumpsysBattery },
  { kind: 'dumpsys-meminfo', summary: 'adb shell dumpsys meminfo PROCESS', parse: parseDumpsysMeminfo },
  { kind: 'dumpsys-thermalservice', summary: 'adb shell dumpsys thermalservice', parse: parseDumpsysThermalservice },
  { kind: 'getprop', summary: 'adb shell getprop', parse: parseGetprop },
  { kind: 'gpu-busy', summary: 'cat /sys/class/kgsl/kgsl-3d0/gpubusy', parse: parseGpuBusy },
  { kind: 'gpu-info', summary: 'adb shell dumpsys SurfaceFlinger (its GLES line)', parse: parseGpuInfo },
  { kind: 'ina-hwmon', summary: 'grep -r \'\' of the hwmon folder of an INA power monitor', parse: parseInaHwmon },
  { kind: 'odpm-energy-value', summary: 'cat /sys/bus/iio/devices/iio:deviceN/energy_value', parse: parseOdpmEnergyValue },
  { kind: 'ort-logs', summary: 'a log of ONNX Runtime, best of level verbose', parse: parseOrtLogs },
  { kind: 'power-supply-uevent', summary: 'cat /sys/class/power_supply/*/uevent', parse: parsePowerSupplyUevent },
  { kind: 'proc-cpuinfo', summary: 'cat /proc/cpuinfo', parse: parseProcCpuinfo },
  { kind: 'proc-meminfo', summary: 'cat /proc/meminfo', parse: parseProcMeminfo },
  { kind: 'smaps-rollup', summary: 'cat /proc/PID/smaps_rollup', parse: parseSmapsRollup },
  { kind: 'tegrastats', summary: 'tegrastats', parse: parseTegrastats },
  { kind: 'thermal-zones', summary: 'grep . /sys/class/thermal/thermal_zone*/type /sys/class/thermal/thermal_zone*/temp', parse: parseThermalZones },
  { kind: 'vcgencmd-throttled', summary: 'vcgencmd get_throttled, on a Raspberry Pi', parse: parseVcgencmdThrottled },
];

/** A garbled dump has a warning on every line. */
const MAX_WARNINGS = 50;

/** Reads a dump of a kind, with the checks that hold for every format. Pure; never throws, whatever the text. */
export function readDump(kind: DumpKind, text: string): DumpOutcome<object> {
  if (text.trim() === '') return { ok: false, reason: 'it is empty' };
  const outcome = kind.parse(text);
  if (!outcome.ok) return outcome;
  const longLines = text.split('\n').filter((line) => line.length > MAX_LINE_CHARS).length;
  const { warnings } = outcome;
  return {
    ...outcome,
    warnings: [
      ...warnings.slice(0, MAX_WARNINGS),
      ...(warnings.length > MAX_WARNINGS ? [`${warnings.length - MAX_WARNINGS} more warnings`] : []),
      ...(longLines > 0 ? [`${longLines} lines are longer than ${MAX_LINE_CHARS} characters: skipped`] : []),
      ...(text.endsWith('\n') ? [] : ['the text does not end with a line end: its last line may be cut']),
    ],
  };
}
