import type { DeviceFacts } from '../domain/result.ts';
import { parseCpuinfo } from '../parse/cpuinfo.ts';
import { countCpuList } from '../parse/cpu-list.ts';
import { parseGetprop } from '../parse/getprop.ts';
import { findEmulation, type EmulationEvidence } from './emulation.ts';
import type { FileTree } from './file-tree.ts';
import { systemFacts, type SystemFacts } from './system-facts.ts';

/** `uname -m` -> the names that Node and npm packages use. */
const ARCHITECTURES: Readonly<Record<string, string>> = { aarch64: 'arm64', arm64: 'arm64', armv8l: 'arm', armv7l: 'arm', armv6l: 'arm', x86_64: 'x64', amd64: 'x64', i686: 'ia32', i386: 'ia32', riscv64: 'riscv64' };

export interface RemoteEvidence extends EmulationEvidence {
  /** As `uname -sr` prints it. */
  readonly system: string;
  /** What `getprop` printed; empty elsewhere. */
  readonly getprop: string;
}

export function archOf(machine: string): string {
  return ARCHITECTURES[machine] ?? machine;
}

/** What a device that is reached over a transport is, without its sensors, clock and profile. */
export function remoteFacts(root: FileTree, evidence: RemoteEvidence): SystemFacts {
  const facts = systemFacts(root, { cpuModel: 'unknown', cores: coresOf(root), memoryBytes: Number.POSITIVE_INFINITY, os: evidence.system, arch: archOf(evidence.machine) });
  const emulation = findEmulation(root, evidence);
  const android = parseGetprop(evidence.getprop);
  return {
    ...facts,
    memoryMiB: Number.isFinite(facts.memoryMiB) ? facts.memoryMiB : 0,
    ...(android.ok ? androidFacts(android.value, facts, evidence.system) : {}),
    emulated: emulation !== null || facts.emulated,
    virtualization: emulation ?? facts.virtualization,
  };
}

function coresOf(root: FileTree): number {
  return countCpuList(root.text('sys/devices/system/cpu/online') ?? 'none') ?? parseCpuinfo(root.text('proc/cpuinfo') ?? '').cores ?? 1;
}

type Android = Extract<ReturnType<typeof parseGetprop>, { ok: true }>['value'];

function androidFacts(android: Android, { soc }: SystemFacts, kernel: string): Pick<DeviceFacts, 'model' | 'soc' | 'os'> {
  const name = android.marketingName ?? android.model ?? android.device ?? 'unknown model';
  const maker = android.manufacturer ?? android.brand ?? '';
  const chip = [android.socManufacturer, android.socModel ?? android.chip ?? android.platform].filter((part) => part !== undefined).join(' ');
  const build = android.buildFingerprint === undefined ? '' : ` (${android.buildFingerprint})`;
  return {
    model: maker === '' || name.toLowerCase().startsWith(maker.toLowerCase()) ? name : `${maker} ${name}`,
    soc: chip === '' ? soc : `${chip}, ${soc}`,
    os: `Android ${android.androidVersion ?? 'unknown'}${build}, ${kernel}`,
  };
}
