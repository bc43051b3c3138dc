import { ARM_PARTS } from './arm-parts.ts';

/** What /proc/cpuinfo says. A field that this kernel or architecture does not print is absent. */
export interface CpuInfo {
  /** `AMD EPYC`, or the ARM cores by kind: `4 × Cortex-A55, 4 × Cortex-A75`. */
  readonly model?: string;
  /** The `Hardware` line of older ARM kernels, mostly the chip. */
  readonly hardware?: string;
  /** The `Model` line, the board's name. */
  readonly board?: string;
  /** Cores that are online; offline ones are not printed. */
  readonly cores?: number;
  /** True when the CPU tells of a hypervisor (x86 flag); absent where the architecture has no such flag. */
  readonly hypervisor?: boolean;
}

/** Labels are compared with their case: some kernels print `Processor` for a text beside `processor` for a number. */
export function parseCpuinfo(text: string): CpuInfo {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const label = line.slice(0, Math.max(0, colon)).trimEnd();
    const value = line.slice(colon + 1).trim();
    if (value === '' || !/^[A-Za-z][\w ]*$/.test(label)) continue;
    const earlier = values.get(label);
    if (earlier === undefined) values.set(label, [value]);
    else earlier.push(value);
  }
  const first = (label: string): string | undefined => values.get(label)?.[0];
  const model = armModel(values.get('CPU implementer') ?? [], values.get('CPU part') ?? []) ?? first('model name') ?? first('Processor') ?? first('cpu model') ?? first('uarch');
  const cores = (values.get('processor') ?? []).filter((value) => /^\d+$/.test(value)).length;
  const hardware = first('Hardware');
  const board = first('Model');
  const flags = first('flags');
  return {
    ...(model === undefined ? {} : { model }),
    ...(hardware === undefined ? {} : { hardware }),
    ...(board === undefined ? {} : { board }),
    ...(cores === 0 ? {} : { cores }),
    ...(flags === undefined ? {} : { hypervisor: flags.split(' ').includes('hypervisor') }),
  };
}

/** On ARM, `model name` is the architecture ("ARMv8 Processor rev 1"), and the part number tells the core. */
function armModel(implementers: readonly string[], parts: readonly string[]): string | undefined {
  if (parts.length === 0 || parts.length !== implementers.length) return undefined;
  const counts = new Map<string, number>();
  for (const [index, part] of parts.entries()) {
    const id = `${implementers[index] ?? ''}:${part}`.toLowerCase();
    const name = ARM_PARTS[id] ?? `ARM core ${id}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}
