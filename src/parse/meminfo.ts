/** Memory of the whole machine, MiB. */
export interface MemInfo {
  readonly totalMiB?: number;
  /** What can be had without swapping. */
  readonly availableMiB?: number;
}

const FIELDS = { MemTotal: 'totalMiB', MemAvailable: 'availableMiB' } as const satisfies Record<string, keyof MemInfo>;

/** Reads /proc/meminfo (proc_meminfo(5)): `Label:   12345 kB`. Other labels and units are skipped. */
export function parseMeminfo(text: string): MemInfo {
  const found: { -readonly [field in keyof MemInfo]: number } = {};
  for (const line of text.split('\n')) {
    const [, label = '', kibibytes = ''] = /^\s*(\w+):\s+(\d+) kB\s*$/.exec(line) ?? [];
    if (Object.hasOwn(FIELDS, label)) found[FIELDS[label as keyof typeof FIELDS]] = Number(kibibytes) / 1024;
  }
  return found;
}
