import { parseWholeNumber } from '../parse/whole-number.ts';
import type { FileTree } from './file-tree.ts';

const CPUS = 'sys/devices/system/cpu';

/** Frequencies and throttling of the cores. */
export class CpuClock {
  readonly #root: FileTree;
  readonly #cpus: readonly string[];
  /** Cores that share a clock share a policy: one core of each with its ceiling. */
  readonly #policies: readonly { readonly folder: string; readonly maxKhz: number }[];

  constructor(root: FileTree) {
    this.#root = root;
    this.#cpus = root.list(CPUS).filter((name) => /^cpu\d+$/.test(name)).map((name) => `${CPUS}/${name}`);
    const byPolicy = new Map<string, { folder: string; maxKhz: number }>();
    for (const cpu of this.#cpus) {
      const folder = `${cpu}/cpufreq`;
      const maxKhz = this.#number(`${folder}/cpuinfo_max_freq`);
      if (maxKhz !== null && maxKhz > 0) byPolicy.set(root.text(`${folder}/related_cpus`) ?? cpu, { folder, maxKhz });
    }
    this.#policies = [...byPolicy.values()];
  }

  /** The fastest core's frequency over its ceiling: idle cores clock down by design, the busiest one tells whether the clock is held. Null when it can't be read. */
  frequencyRatio(): number | null {
    const ratios = this.#policies.flatMap(({ folder, maxKhz }) => {
      const currentKhz = this.#number(`${folder}/scaling_cur_freq`);
      return currentKhz === null || currentKhz === 0 ? [] : currentKhz / maxKhz;
    });
    return ratios.length === 0 ? null : Math.max(...ratios);
  }

  /** The lowest limit on a clock over what its hardware can do: below 1 where heat, a power mode or a setting holds it. Null when it can't be read. */
  ceilingRatio(): number | null {
    const ratios = this.#policies.flatMap(({ folder, maxKhz }) => {
      const limitKhz = this.#number(`${folder}/scaling_max_freq`);
      return limitKhz === null || limitKhz === 0 ? [] : limitKhz / maxKhz;
    });
    return ratios.length === 0 ? null : Math.min(...ratios);
  }

  /** Throttling events since boot, over the cores (x86: Documentation/admin-guide/sysfs/thermal_throttle); null when they aren't counted. */
  throttleCount(): number | null {
    const counts = this.#cpus.flatMap((cpu) => this.#number(`${cpu}/thermal_throttle/core_throttle_count`) ?? []);
    return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * What decides the clock, in words: `schedutil, at most 1800 MHz; performance, at most 2400 MHz; boost on`. `unknown` where it can't be read:
   * numbers of different regimes are not compared.
   */
  regime(): string {
    const policies = new Set(this.#policies.map(({ folder, maxKhz }) => {
      const governor = this.#root.text(`${folder}/scaling_governor`) ?? 'unknown governor';
      return `${governor}, at most ${Math.round((this.#number(`${folder}/scaling_max_freq`) ?? maxKhz) / 1000)} MHz`;
    }));
    if (policies.size === 0) return 'unknown';
    const boost = this.#boost();
    return [...policies, ...(boost === null ? [] : [`boost ${boost}`])].join('; ');
  }

  get absence(): string {
    return this.#cpus.length === 0 ? `${this.#root.locate(CPUS)} lists no cores` : `${this.#root.locate(`${CPUS}/cpu*/cpufreq`)} tells no frequencies`;
  }

  get throttleAbsence(): string {
    return `${this.#root.locate(`${CPUS}/cpu*/thermal_throttle`)} does not exist`;
  }

  #boost(): 'on' | 'off' | null {
    const noTurbo = this.#root.text(`${CPUS}/intel_pstate/no_turbo`);
    if (noTurbo === '0' || noTurbo === '1') return noTurbo === '0' ? 'on' : 'off';
    const boost = this.#root.text(`${CPUS}/cpufreq/boost`);
    return boost === '0' || boost === '1' ? (boost === '1' ? 'on' : 'off') : null;
  }

  #number(path: string): number | null {
    return parseWholeNumber(this.#root.text(path) ?? '');
  }
}
