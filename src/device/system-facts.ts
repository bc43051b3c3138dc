import { arch, availableParallelism, cpus, totalmem, type as osType, release } from 'node:os';
import type { DeviceFacts } from '../domain/result.ts';
import { parseCpuinfo } from '../parse/cpuinfo.ts';
import { parseMeminfo } from '../parse/meminfo.ts';
import { parseOsName } from '../parse/os-release.ts';
import { parseWholeNumber } from '../parse/whole-number.ts';
import type { FileTree } from './file-tree.ts';
import { detectVirtualization } from './virtualization.ts';

const MIB = 1024 * 1024;

/** What vendors leave in DMI when they fill in nothing. */
const DMI_BLANK = /^(to be filled by o\.?e\.?m\.?|default string|system (product name|manufacturer)|not specified|none|unknown|o\.?e\.?m\.?)$/i;

/** Where control groups keep a memory limit: version 2, version 1. */
const MEMORY_LIMITS = ['sys/fs/cgroup/memory.max', 'sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** What Node tells of the machine that it runs on: for systems without /proc, and for cores, where it knows of affinity and quotas. */
export interface HostFacts {
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly os: string;
  readonly arch: string;
}

export function nodeHostFacts(): HostFacts {
  return { cpuModel: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), memoryBytes: totalmem(), os: `${osType()} ${release()}`, arch: arch() };
}

export type SystemFacts = Pick<DeviceFacts, 'model' | 'soc' | 'os' | 'arch' | 'cores' | 'memoryMiB' | 'virtualization' | 'emulated'>;

/** What a Linux machine is, without its sensors, clock and profile. */
export function systemFacts(root: FileTree, host: HostFacts): SystemFacts {
  const cpu = parseCpuinfo(root.text('proc/cpuinfo') ?? '');
  const soc = cpu.hardware === undefined ? cpu.model ?? host.cpuModel : `${cpu.hardware} (${cpu.model ?? host.cpuModel})`;
  const board = boardName(root) ?? cpu.board ?? null;
  const { name, emulated } = detectVirtualization(root);
  return {
    // The processor belongs to the model: a virtual machine's board name is the same on every host.
    model: board === null ? soc : `${board}, ${soc}`,
    soc, os: osName(root) ?? host.os, arch: host.arch, cores: host.cores, memoryMiB: memoryMiB(root, host), virtualization: name, emulated,
  };
}

function boardName(root: FileTree): string | null {
  const tree = root.text('sys/firmware/devicetree/base/model')?.replaceAll('\0', '').trim();
  if (tree !== undefined && tree !== '') return tree;
  const parts = ['sys_vendor', 'product_name'].map((file) => root.text(`sys/class/dmi/id/${file}`)).filter((text) => text !== null && !DMI_BLANK.test(text));
  return parts.length === 0 ? null : parts.join(' ');
}

/** Name and kernel: `Debian GNU/Linux 12 (bookworm), Linux 6.1.0-28-amd64`. */
function osName(root: FileTree): string | null {
  const kernel = root.text('proc/sys/kernel/osrelease');
  const name = parseOsName(root.text('etc/os-release') ?? root.text('usr/lib/os-release') ?? '');
  const parts = [...(name === null ? [] : [name]), ...(kernel === null ? [] : [`Linux ${kernel}`])];
  return parts.length === 0 ? null : parts.join(', ');
}

/** What a process here can use: the machine's memory, or the control group's limit where that is less. */
function memoryMiB(root: FileTree, host: HostFacts): number {
  const total = parseMeminfo(root.text('proc/meminfo') ?? '').totalMiB ?? host.memoryBytes / MIB;
  const limits = MEMORY_LIMITS.flatMap((path) => parseWholeNumber(root.text(path) ?? '') ?? []).map((bytes) => bytes / MIB);
  return Math.round(Math.min(total, ...limits));
}
