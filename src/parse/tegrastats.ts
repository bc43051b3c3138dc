import { dumpLines, type DumpOutcome } from './dump.ts';
import { saneCelsius } from './thermal-zone.ts';

export interface TegraCore { readonly loadPercent: number; readonly frequencyMhz?: number }
export interface TegraSample {
  /** As printed: local time of the board, MM-DD-YYYY HH:MM:SS; older versions print none. */
  readonly clock?: string;
  readonly ramUsedMiB?: number;
  readonly ramTotalMiB?: number;
  readonly swapUsedMiB?: number;
  readonly swapTotalMiB?: number;
  /** In the order of the cores; null for one that is off. */
  readonly cores?: readonly (TegraCore | null)[];
  readonly memoryController?: TegraCore;
  /** One frequency for each graphics cluster, 0 for one that is off; some versions print no load, others no frequency. */
  readonly gpu?: { readonly loadPercent?: number; readonly frequenciesMhz?: readonly number[] };
  readonly temperaturesC?: Readonly<Record<string, number>>;
  /** Present value, and the mean since tegrastats started. Versions with a third value do not document it, and it is not read. */
  readonly railsMw?: Readonly<Record<string, { readonly nowMw: number; readonly meanMw: number }>>;
}

/** The PMIC's sensor holds a constant: 100 °C on TX1, TX2 and Nano, 50 °C on Xavier NX. */
const CONSTANT = /^PMIC/i;

const CLOCK = /^(\d\d-\d\d-\d{4} \d\d:\d\d:\d\d) /;
const RAM = /(?:^| )RAM (\d{1,9})\/(\d{1,9})MB(?= |$)/;
const SWAP = /(?:^| )SWAP (\d{1,9})\/(\d{1,9})MB(?= |$)/;
const CORES = /(?:^| )(?:CPU|cpu) \[([^\]]{1,2000})\](?:@(\d{1,6}))?(?= |$)/;
const MEMORY = /(?:^| )EMC(?:_FREQ)? (\d{1,3})%(?:@(\d{1,6}))?(?= |$)/;
const GPU = /(?:^| )GR3D(?:_FREQ)? (?:(\d{1,3})%)?(?:@(?:(\d{1,6})|\[([\d,]{1,100})\]))?(?= |$)/;
const TEMPERATURE = /(?:^| )([A-Za-z][\w-]{0,40})@(-?\d{1,4}(?:\.\d{1,6})?)C(?:\/-?[\d.]{1,12}C)?(?= |$)/g;
const RAIL = /(?:^| )([A-Z]\w{0,40}) (\d{1,9})(?:mW)?\/(\d{1,9})(?:mW)?(?:\/\d{1,9}(?:mW)?)?(?= |$)/g;

/** Reads lines of tegrastats from TX1 (L4T 28) to Orin (JetPack 7); rails are in mW, with or without the suffix. */
export function parseTegrastats(text: string): DumpOutcome<{ readonly samples: readonly TegraSample[] }> {
  const samples: TegraSample[] = [];
  const left = { lines: 0, constant: new Set<string>(), broken: new Set<string>(), cores: 0 };
  for (const line of dumpLines(text)) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const sample = readSample(trimmed, left);
    if (sample === null) left.lines += 1;
    else samples.push(sample);
  }
  if (samples.length === 0) return { ok: false, reason: 'it has no line with `RAM used/totalMB` and `CPU [load%@MHz,…]` of tegrastats' };
  const warnings = [
    ...(left.lines > 0 ? [`${left.lines} lines are none of tegrastats: skipped`] : []),
    ...(left.cores > 0 ? [`the cores of ${left.cores} lines can not be read: left out`] : []),
    ...[...left.constant].map((name) => `${name} is a constant, not a measurement: left out`),
    ...[...left.broken].map((name) => `${name} has values that are no temperature of a running board: left out`),
  ];
  return { ok: true, value: { samples }, warnings };
}

function readSample(line: string, left: { cores: number; readonly constant: Set<string>; readonly broken: Set<string> }): TegraSample | null {
  const ram = RAM.exec(line);
  const cpu = CORES.exec(line);
  if (ram === null && cpu === null) return null;
  const swap = SWAP.exec(line);
  const emc = MEMORY.exec(line);
  const gpu = readGpu(line);
  const cores = cpu === null ? null : readCores(cpu[1] ?? '', cpu[2]);
  const memoryController = emc === null ? null : readCore(`${emc[1] ?? ''}%`, emc[2]);
  if (cpu !== null && cores === null) left.cores += 1;
  const temperatures: [string, number][] = [];
  for (const [, name = '', value = ''] of line.matchAll(TEMPERATURE)) {
    const celsius = saneCelsius(Number(value));
    if (CONSTANT.test(name)) left.constant.add(name);
    else if (celsius === null) left.broken.add(name);
    else temperatures.push([name, celsius]);
  }
  const rails = [...line.matchAll(RAIL)].map(([, name = '', now = '', mean = '']) => [name, { nowMw: Number(now), meanMw: Number(mean) }] as const);
  const clock = CLOCK.exec(line)?.[1];
  return {
    ...(clock === undefined ? {} : { clock }),
    ...(ram === null ? {} : { ramUsedMiB: Number(ram[1]), ramTotalMiB: Number(ram[2]) }),
    ...(swap === null ? {} : { swapUsedMiB: Number(swap[1]), swapTotalMiB: Number(swap[2]) }),
    ...(cores === null ? {} : { cores }),
    ...(memoryController === null ? {} : { memoryController }),
    ...(gpu === null ? {} : { gpu }),
    ...(temperatures.length === 0 ? {} : { temperaturesC: Object.fromEntries(temperatures) }),
    ...(rails.length === 0 ? {} : { railsMw: Object.fromEntries(rails) }),
  };
}

/** `23%@2201` each, or `17%` each with one clock for all behind the bracket (TX1); `off`. Null when any is of another form. */
function readCores(list: string, sharedMhz: string | undefined): readonly (TegraCore | null)[] | null {
  const cores: (TegraCore | null)[] = [];
  for (const part of list.split(',')) {
    if (part === 'off') {
      cores.push(null);
      continue;
    }
    const [load = '', own] = part.split('@');
    const core = readCore(load, own ?? sharedMhz);
    if (core === null) return null;
    cores.push(core);
  }
  return cores;
}

function readCore(load: string, mhz: string | undefined): TegraCore | null {
  if (!/^\d{1,3}%$/.test(load) || (mhz !== undefined && !/^\d{1,6}$/.test(mhz))) return null;
  const loadPercent = Number(load.slice(0, -1));
  return loadPercent > 100 ? null : { loadPercent, ...(mhz === undefined ? {} : { frequencyMhz: Number(mhz) }) };
}

function readGpu(line: string): NonNullable<TegraSample['gpu']> | null {
  const found = GPU.exec(line);
  if (found === null) return null;
  const [, load, single, list] = found;
  const frequencies = (list ?? single)?.split(',');
  if (load === undefined && frequencies === undefined) return null;
  return {
    ...(load === undefined || Number(load) > 100 ? {} : { loadPercent: Number(load) }),
    ...(frequencies === undefined || frequencies.includes('') ? {} : { frequenciesMhz: frequencies.map(Number) }),
  };
}
