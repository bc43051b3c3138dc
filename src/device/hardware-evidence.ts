import { ARM_PARTS } from '../parse/arm-parts.ts';
import type { FileTree } from './file-tree.ts';
import type { HardwareEvidence } from './profile-match.ts';

const DMI_FILES = ['sys_vendor', 'product_name', 'product_version', 'board_vendor', 'board_name', 'bios_vendor'];

export interface EvidenceOptions {
  readonly arch: string;
  /** Android's system properties; empty elsewhere. */
  readonly properties: ReadonlyMap<string, string>;
}

/** Collects what profiles can recognise hardware by. */
export function hardwareEvidence(root: FileTree, { arch, properties }: EvidenceOptions): HardwareEvidence {
  return {
    system: properties.size > 0 ? 'android' : root.text('proc/sys/kernel/osrelease') !== null || root.text('proc/cpuinfo') !== null ? 'linux' : 'other',
    arch, properties,
    deviceTreeModel: nulParts(root.text('sys/firmware/devicetree/base/model'))[0] ?? null,
    compatible: nulParts(root.text('sys/firmware/devicetree/base/compatible')),
    dmi: Object.fromEntries(DMI_FILES.flatMap((file) => {
      const text = root.text(`sys/class/dmi/id/${file}`);
      return text === null ? [] : [[file, text]];
    })),
    cpuParts: cpuParts(root.text('proc/cpuinfo') ?? ''),
  };
}

/** Texts of the device tree end in NUL; a reader on a device gives each on a line of its own. */
function nulParts(text: string | null): readonly string[] {
  return (text ?? '').split(/[\0\n]/).map((part) => part.trim()).filter((part) => part !== '');
}

function cpuParts(cpuinfo: string): ReadonlySet<string> {
  const parts = new Set<string>();
  let implementer = '';
  for (const line of cpuinfo.split('\n')) {
    const [, label, value = ''] = /^(CPU implementer|CPU part)\s*:\s*(0x[0-9a-f]+)\s*$/i.exec(line) ?? [];
    if (label === undefined) continue;
    if (label.endsWith('implementer')) implementer = value.toLowerCase();
    else {
      const id = `${implementer}:${value.toLowerCase()}`;
      parts.add(id);
      const name = ARM_PARTS[id];
      if (name !== undefined) parts.add(name);
    }
  }
  return parts;
}
