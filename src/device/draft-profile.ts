import { ARM_PARTS } from '../parse/arm-parts.ts';
import { parseCpuSysfs } from '../parse/cpu-sysfs.ts';
import { parseInaHwmon } from '../parse/ina-hwmon.ts';
import { parseOdpmEnergyValue } from '../parse/odpm-energy-value.ts';
import type { Device } from './device.ts';
import type { FileTree } from './file-tree.ts';
import type { HardwareEvidence } from './profile-match.ts';

type Draftable = Pick<Device, 'facts' | 'hardware'>;

/** A profile of the device as YAML text, from what it answers: a valid file, with comments where a person has to look something up. */
export function draftProfile({ facts, hardware: { evidence, files } }: Draftable): string {
  const clusters = draftClusters(files);
  const fast = clusters.reduce((best, cluster) => ((cluster.maxMhz ?? 0) >= (best?.maxMhz ?? 0) ? cluster : best), clusters[0]);
  const zones = thermalTypes(files);
  return [
    `# Draft from what the device ${quoted(facts.id)} answered. Check each line; what is not known is better left out. \`paddock schema profile\` tells every key.`,
    `profile: ${idOf(facts.model)}`,
    `title: ${quoted(facts.model.slice(0, 120))}`,
    'recognise:',
    ...recogniseLines(evidence),
    `soc: { name: ${quoted(facts.soc.slice(0, 200))} }`,
    ...(clusters.length === 0 || fast === undefined ? [] : [
      'cpu:', '  clusters:',
      ...clusters.map(({ name, core, cpus, maxMhz }) => `    - { name: ${name}, core: ${quoted(core)}, cpus: ${quoted(cpus)}${maxMhz === null ? '' : `, maxMhz: ${maxMhz}`} }`),
      `  use: [${fast.name}]    # the clusters that affinity: recommended stands for`,
    ]),
    '# gpu: { name: … }', '# npu: { name: … }', '# delegates: { onnxruntime: [{ name: cpu, kind: cpu }] }',
    ...(zones.length === 0 ? [] : [
      'thermal:', '  # part: cpu, gpu, npu, skin, battery, soc or board. Types of zones that are no temperature of the device go under `ignore`. throttlesAtC where its maker documents it.',
      '  zones:', ...zones.slice(0, 50).map((type) => `    - { type: ${quoted(type)}, part: ${partOf(type)} }`),
    ]),
    ...powerLines(files),
    'quirks: []',
    'sources:',
    `  - ${quoted(`answers of one unit: ${facts.os}`.slice(0, 500))}`,
    '',
  ].join('\n');
}

/** JSON's strings are YAML's double-quoted ones. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function idOf(model: string): string {
  const id = model.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 60).replace(/-+$/, '');
  return id === '' ? 'my-device' : id;
}

/** Properties that name a kind of hardware, the most telling first. */
const TELLING = ['ro.soc.model', 'ro.product.device', 'ro.board.platform', 'ro.hardware'];

function recogniseLines({ properties, compatible, deviceTreeModel, dmi, cpuParts, system, arch }: HardwareEvidence): readonly string[] {
  const told = TELLING.filter((name) => (properties.get(name) ?? '') !== '');
  if (told.length > 0) return told.slice(0, 2).map((name) => `  - properties: { ${name}: ${quoted(properties.get(name) ?? '')} }`);
  if (compatible[0] !== undefined) return [`  - compatible: ${quoted(compatible[0])}`];
  if (deviceTreeModel !== null) return [`  - deviceTreeModel: ${quoted(deviceTreeModel)}`];
  const names = Object.entries(dmi).filter(([file]) => file === 'sys_vendor' || file === 'product_name');
  if (names.length > 0) return [`  - dmi: { ${names.map(([file, text]) => `${file}: ${quoted(text)}`).join(', ')} }`];
  const parts = [...cpuParts].filter((part) => !part.startsWith('0x'));
  if (parts.length > 0) return [`  - cpuParts: [${parts.map(quoted).join(', ')}]`];
  return [`  - { system: ${system}, arch: ${arch} }    # nothing more telling was found`];
}

interface DraftCluster {
  readonly name: string;
  readonly core: string;
  readonly cpus: string;
  readonly maxMhz: number | null;
}

const CLUSTER_NAMES: Readonly<Record<number, readonly string[]>> = { 1: ['all'], 2: ['little', 'big'], 3: ['little', 'mid', 'prime'], 4: ['little', 'mid', 'big', 'prime'] };

/** Cores that share a clock, slowest first. */
function draftClusters(files: FileTree): readonly DraftCluster[] {
  const folder = 'sys/devices/system/cpu';
  const dump = files.list(folder).filter((name) => /^cpu\d+$/.test(name)).flatMap((cpu) => ['related_cpus', 'cpuinfo_max_freq'].flatMap((file) => {
    const text = files.text(`${folder}/${cpu}/cpufreq/${file}`);
    return text === null ? [] : [`/${folder}/${cpu}/cpufreq/${file}: ${text}`];
  })).join('\n');
  const outcome = parseCpuSysfs(`${dump}\n`);
  const found = outcome.ok ? outcome.value.clusters.toSorted((a, b) => (a.maxKhz ?? 0) - (b.maxKhz ?? 0)) : [];
  const names = coreNames(files.text('proc/cpuinfo') ?? '');
  return found.map(({ cpus, maxKhz }, index) => ({
    name: CLUSTER_NAMES[found.length]?.[index] ?? `cluster${index}`,
    core: names.get(cpus[0] ?? -1) ?? 'unknown', cpus: ranges(cpus), maxMhz: maxKhz === undefined ? null : Math.round(maxKhz / 1000),
  }));
}

function coreNames(cpuinfo: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  let cpu = -1;
  let implementer = '';
  for (const line of cpuinfo.split('\n')) {
    const [, label = '', value = ''] = /^(processor|CPU implementer|CPU part|model name)\s*:\s*(.+?)\s*$/.exec(line) ?? [];
    if (label === 'processor' && /^\d+$/.test(value)) cpu = Number(value);
    else if (label === 'CPU implementer') implementer = value.toLowerCase();
    else if (label === 'CPU part') names.set(cpu, ARM_PARTS[`${implementer}:${value.toLowerCase()}`] ?? `${implementer}:${value.toLowerCase()}`);
    else if (label === 'model name' && !names.has(cpu)) names.set(cpu, value);
  }
  return names;
}

/** `0-3,6`. */
function ranges(cpus: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < cpus.length;) {
    let end = at;
    while ((cpus[end + 1] ?? -1) === (cpus[end] ?? 0) + 1) end++;
    parts.push(end === at ? String(cpus[at]) : `${cpus[at]}-${cpus[end]}`);
    at = end + 1;
  }
  return parts.join(',');
}

function thermalTypes(files: FileTree): readonly string[] {
  const folder = 'sys/class/thermal';
  return [...new Set(files.list(folder).filter((name) => /^thermal_zone\d+$/.test(name)).flatMap((zone) => files.text(`${folder}/${zone}/type`) ?? []))];
}

/** By words that makers use for their sensors; a person checks it. */
const PARTS: readonly (readonly [pattern: RegExp, part: string])[] = [
  [/skin|shell|case|quiet/i, 'skin'], [/bat/i, 'battery'], [/gpu|g3d|kgsl/i, 'gpu'], [/npu|tpu|apu|nsp|dla/i, 'npu'], [/cpu|big|mid|little|core|x86_pkg/i, 'cpu'], [/soc|ap\b|tj/i, 'soc'],
];

function partOf(type: string): string {
  return PARTS.find(([pattern]) => pattern.test(type))?.[1] ?? 'board';
}

/** Sources that were seen. Rails are facts; unit and sign of a battery's current are not, and stay a comment. */
function powerLines(files: FileTree): readonly string[] {
  const lines: string[] = [];
  const odpm = files.list('sys/bus/iio/devices').flatMap((name) => {
    const outcome = parseOdpmEnergyValue(files.text(`sys/bus/iio/devices/${name}/energy_value`) ?? '');
    return outcome.ok ? outcome.value.readings.flatMap(({ rails }) => rails.map((rail) => rail.name)) : [];
  });
  if (odpm.length > 0) lines.push(`  - { kind: odpm, rails: [${odpm.map(quoted).join(', ')}], covers: "all rails of its power monitors" }    # leave those that do not work for inference out`);
  const ina = files.list('sys/class/hwmon').filter((name) => /^ina\d/.test(files.text(`sys/class/hwmon/${name}/name`) ?? '')).flatMap((name) => inaLabels(files, `sys/class/hwmon/${name}`));
  if (ina.length > 0) lines.push(`  - { kind: ina, rails: [${ina.map(quoted).join(', ')}], covers: "all channels of its power monitors" }    # a channel of the whole input counts the others twice: name it alone`);
  if (files.text('sys/class/powercap/intel-rapl:0/name') !== null) lines.push('  - kind: rapl');
  const gauges = files.list('sys/class/power_supply').flatMap((name) => {
    const current = files.text(`sys/class/power_supply/${name}/current_now`);
    return current === null ? [] : [`  # - { kind: battery, supply: ${quoted(name)}, currentUnit: uA, discharging: negative }    # current_now said ${current.slice(0, 20)}: unit and sign are for you to find out, by drawing a known current`];
  });
  if (lines.length === 0 && gauges.length === 0) return [];
  return lines.length === 0 ? ['# power:', ...gauges] : ['power:', ...lines, ...gauges];
}

function inaLabels(files: FileTree, folder: string): readonly string[] {
  const outcome = parseInaHwmon(`${files.list(folder).map((name) => `/${folder}/${name}: ${files.text(`${folder}/${name}`) ?? ''}`).join('\n')}\n`);
  return outcome.ok ? outcome.value.chips.flatMap(({ channels }) => channels.flatMap(({ label }) => label ?? [])) : [];
}
