import { parseWholeNumber } from '../parse/whole-number.ts';
import type { FileTree } from './file-tree.ts';

const FOLDER = 'sys/class/thermal';

/**
 * Types of cooling devices that slow a processor down: `cpufreq-cpu0` (drivers/thermal/cpufreq_cooling.c), `devfreq-…` (devfreq_cooling.c), with
 * `thermal-` before them in older kernels, and ACPI's `Processor`. Fans cool without slowing down; `intel_powerclamp` and `TCC Offset` are settings.
 */
const SLOWS_DOWN = /^(?:thermal-)?(?:cpufreq|devfreq)-|^Processor$/;

/** How far a system's cooling devices hold its processors back. */
export class CoolingDevices {
  readonly #root: FileTree;
  readonly #files: readonly string[];

  constructor(root: FileTree) {
    this.#root = root;
    this.#files = root.list(FOLDER).filter((name) => /^cooling_device\d+$/.test(name) && SLOWS_DOWN.test(root.text(`${FOLDER}/${name}/type`) ?? '')).map((name) => `${FOLDER}/${name}/cur_state`);
  }

  /** The steps of all, summed: 0 when nothing is held back. Null when none can be read. */
  steps(): number | null {
    const states = this.#files.flatMap((file) => parseWholeNumber(this.#root.text(file) ?? '') ?? []);
    return states.length === 0 ? null : states.reduce((sum, state) => sum + state, 0);
  }

  get absence(): string {
    return this.#files.length === 0 ? `${this.#root.locate(FOLDER)} has no cooling device of a processor` : 'none of the processors\' cooling devices tells its state';
  }
}
