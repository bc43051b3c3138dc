import type { FileTree } from './file-tree.ts';
import type { PowerReading } from './power-sensor.ts';

/** What makes power of a device's files, over one recording. */
export interface PowerMeter {
  /** The power that these readings of the files tell, in which nothing is twice; null when they tell nothing new. Throws SensorLost. */
  take(files: FileTree, timeNs: number): PowerReading | null;
}

/** A way to read power from files. */
export interface PowerProbe {
  readonly name: string;
  /** What it covers, for reports. */
  readonly covers: string;
  /** How often it is worth to read them. */
  readonly intervalMs: number;
  /** Those that are read each time. */
  readonly files: readonly string[];
  begin(): PowerMeter;
}

export type FoundPower = { readonly probe: PowerProbe } | { readonly absent: string };

/** A sensor can't be read any more, or no longer says what it is there for. */
export class SensorLost extends Error {
  override readonly name = 'SensorLost';
}
