import type { FileTree } from './file-tree.ts';

const FOLDER = 'sys/class/hwmon';

/** A Raspberry Pi's firmware on its supply: under-voltage lowers the clock as heat does, and the kernel is told by this alarm alone (Linux drivers/hwmon/raspberrypi-hwmon.c). */
export class SupplyAlarm {
  readonly #root: FileTree;
  readonly #files: readonly string[];

  constructor(root: FileTree) {
    this.#root = root;
    this.#files = root.list(FOLDER).filter((name) => root.text(`${FOLDER}/${name}/name`) === 'rpi_volt').map((name) => `${FOLDER}/${name}/in0_lcrit_alarm`);
  }

  /** Whether the voltage was too low within the driver's last look, two seconds at most; null where no such alarm can be read. */
  isRaised(): boolean | null {
    const states = this.#files.map((file) => this.#root.text(file)).filter((text) => text === '0' || text === '1');
    return states.length === 0 ? null : states.includes('1');
  }
}
