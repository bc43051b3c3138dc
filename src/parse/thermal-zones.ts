import { dumpLines, type DumpOutcome } from './dump.ts';
import { readSysfsFiles } from './sysfs-files.ts';
import { parseThermalZone } from './thermal-zone.ts';

export interface ThermalZone {
  /** N of thermal_zoneN, where the dump says it; lists of files come in the shell's order (0, 1, 10, 11, 2). */
  readonly zone?: number;
  readonly type: string;
  /** Absent for a zone that has no sane temperature; a warning says so. */
  readonly celsius?: number;
}

interface Pair { readonly zone?: number; readonly type: string; readonly temp?: string }

/** Reads `type` and `temp` files of thermal zones, as `PATH: text` lines, or as two lists below `$ cat …/type` and `$ cat …/temp`. */
export function parseThermalZones(text: string): DumpOutcome<{ readonly zones: readonly ThermalZone[] }> {
  const outcome = readByPath(text) ?? readLists(text);
  if (outcome === null) return { ok: false, reason: 'it has no `…/thermal_zoneN/type: name` line and no list below a `cat …/type` command' };
  if (typeof outcome === 'string') return { ok: false, reason: outcome };
  const warnings: string[] = [];
  const zones = outcome.map(({ zone, type, temp }) => {
    const celsius = temp === undefined ? null : parseThermalZone(type, temp);
    if (temp !== undefined && celsius === null) warnings.push(`${type} at ${JSON.stringify(temp.slice(0, 60))} is no temperature of a running device: left out`);
    return { ...(zone === undefined ? {} : { zone }), type, ...(celsius === null ? {} : { celsius }) };
  });
  if (outcome.every(({ temp }) => temp === undefined)) warnings.push('the dump has the zones\' types, but no temp');
  return { ok: true, value: { zones }, warnings };
}

function readByPath(text: string): readonly Pair[] | null {
  const zones = new Map<number, { type?: string; temp?: string }>();
  for (const { path, text: value, fault } of readSysfsFiles(text)) {
    const [, zone, file] = /\/thermal_zone(\d{1,4})\/(type|temp)$/.exec(path) ?? [];
    if (zone === undefined || (file !== 'type' && file !== 'temp')) continue;
    const entry = zones.get(Number(zone)) ?? {};
    entry[file] = fault ?? value;
    zones.set(Number(zone), entry);
  }
  const pairs = [...zones].sort(([a], [b]) => a - b).flatMap(([zone, { type, temp }]) => (type === undefined || type === '' ? [] : [{ zone, type, ...(temp === undefined ? {} : { temp }) }]));
  return pairs.length === 0 ? null : pairs;
}

/** The two lists belong together line by line. A text when they can not. */
function readLists(text: string): readonly Pair[] | string | null {
  const lists: { type: string[]; temp: string[] } = { type: [], temp: [] };
  let open: string[] | null = null;
  for (const line of dumpLines(text)) {
    const trimmed = line.trim();
    const heading = /\bcat \S+\/(type|temp)$/.exec(trimmed)?.[1];
    if (heading === 'type' || heading === 'temp') open = lists[heading];
    else if (trimmed !== '' && !/^\S*[$#](?: |$)/.test(trimmed)) open?.push(trimmed);
  }
  if (lists.type.length === 0) return null;
  if (lists.temp.length === 0) return lists.type.map((type) => ({ type }));
  if (lists.type.length !== lists.temp.length) return `it lists ${lists.type.length} types, but ${lists.temp.length} temperatures: which belongs to which is not known`;
  return lists.type.map((type, index) => ({ type, temp: lists.temp[index] ?? '' }));
}
