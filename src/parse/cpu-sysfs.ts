import { ARM_PARTS } from './arm-parts.ts';
import { countCpuList } from './cpu-list.ts';
import type { DumpOutcome } from './dump.ts';
import { readLabels, type FieldsOf, type LabelTable } from './label-table.ts';
import { positive, words } from './reading.ts';
import { readSysfsFiles } from './sysfs-files.ts';
import { parseWholeNumber } from './whole-number.ts';

function cpuList(text: string): string | null {
  return (countCpuList(text) ?? 0) > 0 ? text : null;
}

/** `0 1 2 3` of cpufreq. */
function cpuNumbers(text: string): readonly number[] | null {
  const numbers = text.split(' ').map(parseWholeNumber);
  return numbers.some((value) => value === null) ? null : numbers.filter((value) => value !== null);
}

/** Implementer in bits 31 to 24, part in bits 15 to 4 (Arm ARM, MIDR_EL1). */
function midrName(text: string): string | null {
  if (!/^0x[0-9a-f]{1,16}$/i.test(text)) return null;
  const midr = Number(text);
  const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
  const id = `${hex(Math.floor(midr / 2 ** 24) % 256, 2)}:${hex(Math.floor(midr / 16) % 4096, 3)}`;
  return midr === 0 ? null : (ARM_PARTS[id] ?? `ARM core ${id}`);
}

/** Files below /sys/devices/system/cpu (Linux Documentation/ABI/testing/sysfs-devices-system-cpu). */
const SYSTEM_FIELDS = {
  possible: { field: 'possible', read: cpuList },
  present: { field: 'present', read: cpuList },
  online: { field: 'online', read: cpuList },
  offline: { field: 'offline', read: cpuList },
} as const satisfies LabelTable;

/** Files below cpuN (Documentation/admin-guide/pm/cpufreq.rst: frequencies in kHz). */
const CORE_FIELDS = {
  'regs/identification/midr_el1': { field: 'name', read: midrName },
  cpu_capacity: { field: 'capacity', read: positive },
  'cpufreq/related_cpus': { field: 'cluster', read: cpuNumbers },
  'cpufreq/cpuinfo_min_freq': { field: 'minKhz', read: positive },
  'cpufreq/cpuinfo_max_freq': { field: 'maxKhz', read: positive },
  'cpufreq/scaling_min_freq': { field: 'floorKhz', read: positive },
  'cpufreq/scaling_max_freq': { field: 'ceilingKhz', read: positive },
  'cpufreq/scaling_cur_freq': { field: 'currentKhz', read: positive },
  'cpufreq/scaling_governor': { field: 'governor', read: words },
  'cpufreq/scaling_driver': { field: 'driver', read: words },
  'topology/physical_package_id': { field: 'package', read: parseWholeNumber },
} as const satisfies LabelTable;

export interface CpuCore extends FieldsOf<typeof CORE_FIELDS> { readonly cpu: number }
export interface CpuCluster { readonly cpus: readonly number[]; readonly maxKhz?: number }
export interface CpuSysfs extends FieldsOf<typeof SYSTEM_FIELDS> {
  readonly cores: readonly CpuCore[];
  /** Cores that share a frequency, by the lowest core. */
  readonly clusters: readonly CpuCluster[];
}

/** Reads a dump of /sys/devices/system/cpu. `cpufreq/policyN/x` counts as `cpuN/cpufreq/x`. */
export function parseCpuSysfs(text: string): DumpOutcome<CpuSysfs> {
  const ofSystem: [string, string][] = [];
  const ofCore = new Map<number, [string, string][]>();
  for (const file of readSysfsFiles(text)) {
    if (file.fault !== undefined) continue;
    const [, cpu, policy, rest = ''] = /\/(?:cpu(\d{1,4})|cpufreq\/policy(\d{1,4}))\/(.+)$/.exec(file.path) ?? [];
    const system = /\/cpu\/(\w+)$/.exec(file.path)?.[1];
    if (cpu !== undefined || policy !== undefined) {
      const number = Number(cpu ?? policy);
      const pairs = ofCore.get(number) ?? [];
      pairs.push([policy === undefined ? rest : `cpufreq/${rest}`, file.text]);
      ofCore.set(number, pairs);
    } else if (system !== undefined) {
      ofSystem.push([system, file.text]);
    }
  }
  const { fields: system, warnings } = readLabels(ofSystem, SYSTEM_FIELDS);
  const all = [...warnings];
  const cores = [...ofCore].sort(([a], [b]) => a - b).flatMap(([cpu, pairs]) => {
    const { fields, warnings: unread } = readLabels(pairs, CORE_FIELDS);
    all.push(...unread.map((warning) => `cpu${cpu}: ${warning}`));
    return Object.keys(fields).length === 0 ? [] : [{ cpu, ...fields }];
  });
  if (cores.length === 0 && Object.keys(system).length === 0) return { ok: false, reason: 'it has no file below /sys/devices/system/cpu that is known, as `PATH: text`' };
  if (system.offline !== undefined) all.push(`cores ${system.offline} are offline`);
  for (const core of cores) {
    if (core.maxKhz !== undefined && core.ceilingKhz !== undefined && core.ceilingKhz < core.maxKhz) all.push(`cpu${core.cpu} is held below its maximum: ceiling ${core.ceilingKhz} kHz of ${core.maxKhz} kHz`);
  }
  return { ok: true, value: { ...system, cores, clusters: clustersOf(cores) }, warnings: all };
}

function clustersOf(cores: readonly CpuCore[]): readonly CpuCluster[] {
  const clusters = new Map<string, CpuCluster>();
  for (const { cluster, maxKhz } of cores) {
    if (cluster === undefined || clusters.has(cluster.join())) continue;
    clusters.set(cluster.join(), { cpus: cluster, ...(maxKhz === undefined ? {} : { maxKhz }) });
  }
  return [...clusters.values()];
}
