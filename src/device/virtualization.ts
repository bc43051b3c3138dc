import { parseCpuinfo } from '../parse/cpuinfo.ts';
import { parseProcStat } from '../parse/proc-stat.ts';
import type { FileTree } from './file-tree.ts';

export interface Virtualization {
  /** `KVM`, `VMware, in a docker container`; null on bare hardware. */
  readonly name: string | null;
  /** Instructions are translated: figures say nothing of the hardware. */
  readonly emulated: boolean;
}

/** What DMI says in a virtual machine, from systemd's table (src/basic/virt.c, `dmi_vendor_table`); first match wins. */
const DMI_HYPERVISORS: readonly (readonly [prefix: string, name: string])[] = [
  ['KVM', 'KVM'], ['OpenStack', 'KVM'], ['KubeVirt', 'KVM'], ['Amazon EC2', 'Amazon EC2'], ['QEMU', 'QEMU'], ['VMware', 'VMware'], ['VMW', 'VMware'],
  ['innotek GmbH', 'VirtualBox'], ['VirtualBox', 'VirtualBox'], ['Oracle Corporation', 'VirtualBox'], ['Xen', 'Xen'], ['Bochs', 'Bochs'], ['Parallels', 'Parallels'],
  ['BHYVE', 'bhyve'], ['Hyper-V', 'Hyper-V'], ['Microsoft Corporation', 'Hyper-V'], ['Apple Virtualization', 'Apple Virtualization'], ['Google Compute Engine', 'Google Compute Engine'], ['Google', 'Google Compute Engine'],
];
const DMI_FILES = ['product_name', 'sys_vendor', 'board_vendor', 'bios_vendor', 'product_version'];

/** Files that container managers leave, and what they say of themselves in the cgroup of process 1. */
const CONTAINER_FILES: readonly (readonly [path: string, name: string])[] = [['.dockerenv', 'docker'], ['run/.containerenv', 'podman']];
const CONTAINER_CGROUPS = /docker|kubepods|containerd|libpod|lxc/;

/** Finds the hypervisor and the container as systemd-detect-virt does, from files alone. */
export function detectVirtualization(root: FileTree): Virtualization {
  const cpu = parseCpuinfo(root.text('proc/cpuinfo') ?? '');
  const hypervisor = hypervisorOf(root, cpu.hypervisor);
  const container = containerOf(root);
  const place = container === null ? null : `a ${container} container`;
  // Cores named so are QEMU's own translator (TCG); under KVM the guest sees another name.
  const emulated = /\bTCG\b/.test(cpu.model ?? '');
  if (hypervisor === null) return { name: place === null ? null : `${place} on hardware or an unseen hypervisor`, emulated };
  return { name: place === null ? hypervisor : `${hypervisor}, in ${place}`, emulated };
}

function hypervisorOf(root: FileTree, flag: boolean | undefined): string | null {
  const xen = root.text('sys/hypervisor/type');
  if (xen !== null) return xen === 'xen' ? 'Xen' : xen;
  const board = root.text('sys/firmware/devicetree/base/hypervisor/compatible') ?? root.text('sys/firmware/devicetree/base/model');
  if (board !== null && /^linux,kvm|^linux,dummy-virt/.test(board)) return 'KVM or QEMU';
  // A steal count is only ever kept for guests.
  const stolen = (parseProcStat(root.text('proc/stat') ?? '')?.steal ?? 0) > 0;
  // On x86 the flag decides: cloud vendors put the same DMI names into their bare machines.
  if (flag === false && !stolen) return null;
  const named = dmiHypervisor(root);
  if (flag === true || stolen) return named ?? 'a hypervisor that gives no name';
  return named;
}

function dmiHypervisor(root: FileTree): string | null {
  for (const file of DMI_FILES) {
    const text = root.text(`sys/class/dmi/id/${file}`) ?? '';
    const found = DMI_HYPERVISORS.find(([prefix]) => text.startsWith(prefix));
    if (found !== undefined) return found[1];
  }
  return null;
}

function containerOf(root: FileTree): string | null {
  const declared = root.text('run/systemd/container') ?? /(?:^|\0)container=([^\0]+)/.exec(root.text('proc/1/environ') ?? '')?.[1];
  if (declared !== undefined && declared !== null) return declared;
  const left = CONTAINER_FILES.find(([path]) => 'text' in root.read(path));
  return left?.[1] ?? CONTAINER_CGROUPS.exec(root.text('proc/1/cgroup') ?? '')?.[0] ?? null;
}
