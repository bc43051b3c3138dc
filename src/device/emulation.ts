import type { FileTree } from './file-tree.ts';

export interface EmulationEvidence {
  /** As `uname -m` prints it. */
  readonly machine: string;
  /** The program that runs the reader's shell, and the first words of its command line, as the kernel has them. */
  readonly self: string;
  readonly properties: ReadonlyMap<string, string>;
  /** Core of the profile that the device matches, as in `Cortex-A76`; null without one. */
  readonly profileCore: string | null;
}

/** Properties that Android's own emulators set (device/generic/goldfish, device/google/cuttlefish). */
const EMULATOR_PROPERTIES: readonly (readonly [name: string, value: RegExp, what: string])[] = [
  ['ro.kernel.qemu', /^1$/, 'the Android emulator'],
  ['ro.boot.qemu', /^1$/, 'the Android emulator'],
  ['ro.hardware', /^(goldfish|ranchu)$/, 'the Android emulator'],
  ['ro.hardware', /^cutf/, 'Cuttlefish, a virtual Android device'],
  // A board of a test lab that plays a phone says so itself.
  ['ro.paddock.lab', /^1$/, 'a lab board that plays this device'],
];

/** The architecture that a CPU of the kernel's own listing has: sysfs is not translated by an emulator of programs. */
function kernelArch(root: FileTree): 'x86' | 'arm' | null {
  const modalias = /^cpu:type:(\w+)/.exec(root.text('sys/devices/system/cpu/modalias') ?? '')?.[1];
  if (modalias === 'x86') return 'x86';
  if (modalias === 'aarch64') return 'arm';
  const cpuinfo = root.text('proc/cpuinfo') ?? '';
  return /^vendor_id\s*:/m.test(cpuinfo) ? 'x86' : /^CPU implementer\s*:/m.test(cpuinfo) ? 'arm' : null;
}

function archOf(name: string): 'x86' | 'arm' | null {
  if (/^(x86_64|i\d86|x86)/.test(name)) return 'x86';
  return /^(aarch64|arm)/.test(name) ? 'arm' : null;
}

/**
 * What plays the device, in words, null for hardware. qemu-user gives a program another `uname`, but a program can't hide how the kernel started it,
 * nor which processor's files the kernel shows; and a device that claims phone hardware by its properties has that phone's architecture.
 */
export function findEmulation(root: FileTree, { machine, self, properties, profileCore }: EmulationEvidence): string | null {
  const emulator = EMULATOR_PROPERTIES.find(([name, value]) => value.test(properties.get(name) ?? ''));
  if (emulator !== undefined) return emulator[2];
  const qemu = /(?:^|[\s/])(qemu-[\w-]+)/.exec(self)?.[1];
  if (qemu !== undefined) return `programs are translated by ${qemu}`;
  const program = archOf(machine);
  const kernel = kernelArch(root);
  if (program !== null && kernel !== null && program !== kernel) return `programs are translated: the system says ${machine}, its processor is of another kind`;
  const claimed = archOf(properties.get('ro.product.cpu.abi') ?? '');
  if (claimed !== null && program !== null && claimed !== program) return `its properties claim ${properties.get('ro.product.cpu.abi') ?? ''}, the system is ${machine}: another machine plays this device`;
  if (program === 'x86' && (profileCore ?? '').startsWith('Cortex-')) return `its profile has ${profileCore ?? ''} cores, the system is ${machine}: another machine plays this device`;
  return null;
}
