import type { DeviceProfile, Pattern, Recognise } from '../domain/profile.ts';
import type { DescribedHardware, DeviceFacts } from '../domain/result.ts';
import type { ThermalRules } from './thermal.ts';

/** What hardware says of itself, as far as profiles ask for it. */
export interface HardwareEvidence {
  readonly system: 'android' | 'linux' | 'other';
  readonly arch: string;
  /** Android's system properties; empty elsewhere. */
  readonly properties: ReadonlyMap<string, string>;
  readonly deviceTreeModel: string | null;
  readonly compatible: readonly string[];
  readonly dmi: Readonly<Record<string, string>>;
  /** The cores by name, as parse/arm-parts.ts has them, or by number. */
  readonly cpuParts: ReadonlySet<string>;
}

export interface ProfileMatch {
  readonly profile: DeviceProfile;
  /** In words what it was recognised by. */
  readonly by: string;
}

/** Matches `*` as any characters, without regard to case. */
export function matchesPattern(text: string, patterns: Pattern): boolean {
  return patterns.some((pattern) => new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`, 'is').test(text));
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/**
 * The profile that recognises the hardware by the most facts; of several, a specific one before a generic one, then the first by id.
 * Null when not even a generic one fits.
 */
export function matchProfile(profiles: readonly DeviceProfile[], evidence: HardwareEvidence): ProfileMatch | null {
  const found = profiles.flatMap((profile) => {
    const entries = profile.recognise.filter((entry) => matchesEntry(entry, evidence)).sort((a, b) => factsIn(b) - factsIn(a));
    const [best] = entries;
    return best === undefined ? [] : [{ profile, best, facts: factsIn(best) }];
  }).sort((a, b) => Number(a.profile.generic !== undefined) - Number(b.profile.generic !== undefined) || b.facts - a.facts || (a.profile.profile < b.profile.profile ? -1 : 1));
  const [first] = found;
  return first === undefined ? null : { profile: first.profile, by: describe(first.best, evidence) };
}

/** Properties and DMI files count one by one. */
function factsIn({ properties = {}, dmi = {}, ...others }: Recognise): number {
  return Object.keys(properties).length + Object.keys(dmi).length + Object.values(others).filter((value) => value !== undefined).length;
}

function matchesEntry(entry: Recognise, evidence: HardwareEvidence): boolean {
  const { properties = {}, dmi = {}, deviceTreeModel, compatible, cpuParts, system, arch } = entry;
  return Object.entries(properties).every(([name, pattern]) => matchesPattern(evidence.properties.get(name) ?? '', pattern))
    && Object.entries(dmi).every(([file, pattern]) => matchesPattern(evidence.dmi[file] ?? '', pattern ?? []))
    && (deviceTreeModel === undefined || (evidence.deviceTreeModel !== null && matchesPattern(evidence.deviceTreeModel, deviceTreeModel)))
    && (compatible === undefined || evidence.compatible.some((text) => matchesPattern(text, compatible)))
    && (cpuParts === undefined || cpuParts.every((part) => evidence.cpuParts.has(part)))
    && (system === undefined || system === evidence.system)
    && (arch === undefined || arch === evidence.arch);
}

function describe({ properties = {}, dmi = {}, deviceTreeModel, compatible, cpuParts, system, arch }: Recognise, evidence: HardwareEvidence): string {
  return [
    ...Object.keys(properties).map((name) => `${name} ${evidence.properties.get(name) ?? ''}`),
    ...Object.keys(dmi).map((file) => `${file} ${evidence.dmi[file] ?? ''}`),
    ...(deviceTreeModel === undefined ? [] : [`device tree ${evidence.deviceTreeModel ?? ''}`]),
    ...(compatible === undefined ? [] : [`device tree compatible with ${evidence.compatible.find((text) => matchesPattern(text, compatible)) ?? ''}`]),
    ...(cpuParts === undefined ? [] : [`cores ${cpuParts.join(', ')}`]),
    ...(system === undefined ? [] : [system]),
    ...(arch === undefined ? [] : [arch]),
  ].join(', ');
}

/** Without any, every machine is unknown hardware. */
export const NO_PROFILES: readonly DeviceProfile[] = [];

/** What a device's facts say of its profile. */
export function profileFacts(match: ProfileMatch | null): Pick<DeviceFacts, 'profile' | 'profileFit' | 'recognisedBy' | 'hardware'> {
  if (match === null) return { profile: 'none', profileFit: 'unknown' };
  return { profile: match.profile.profile, profileFit: match.profile.generic ?? 'own', recognisedBy: match.by, ...(match.profile.generic === undefined ? { hardware: describeHardware(match.profile) } : {}) };
}

/** Of a profile of this very hardware: a generic one describes none. */
function describeHardware({ soc, cpu, gpu, npu, delegates = {}, thermal, quirks }: DeviceProfile): DescribedHardware {
  return {
    ...(soc === undefined ? {} : { soc: soc.vendor === undefined ? soc.name : `${soc.vendor} ${soc.name}` }),
    clusters: (cpu?.clusters ?? []).map(({ name, core, cpus, maxMhz }) => `${name}: ${core}, cores ${cpus}${maxMhz === undefined ? '' : `, ${maxMhz} MHz`}${cpu?.use.includes(name) === true ? ' (recommended)' : ''}`),
    ...(gpu === undefined ? {} : { gpu: gpu.name }),
    ...(npu === undefined ? {} : { npu: npu.name }),
    zones: (thermal?.zones ?? []).map(({ type, part, throttlesAtC }) => `${part}: ${type.join(', ')}${throttlesAtC === undefined ? '' : `, throttles at ${throttlesAtC} °C`}`),
    delegates: Object.fromEntries(Object.entries(delegates).map(([runtime, list]) => [runtime, list.map(({ name }) => name)])),
    quirks,
  };
}

/** Which zones and sensors a profile leaves out, and what it says of each of the others. */
export function thermalRules(profile: DeviceProfile | null): ThermalRules {
  const ignored = profile?.thermal?.ignore ?? [];
  const zones = profile?.thermal?.zones ?? [];
  return {
    ignores: (name) => ignored.length > 0 && matchesPattern(name, ignored),
    throttlesAtC: (name) => zones.find(({ type }) => matchesPattern(name, type))?.throttlesAtC ?? null,
  };
}
