/** Power at one moment. */
export interface PowerReading {
  /** Nanoseconds of the device's clock, or of the sensor's own where its alignment is `load-step`. */
  readonly timeNs: number;
  readonly watts: number;
}

/** What a recording brought. */
export interface PowerSeries {
  /** In the order of time. */
  readonly readings: readonly PowerReading[];
  /** Why the sensor stopped telling, null while it told. */
  readonly lost: string | null;
}

/** A running record of power. */
export interface PowerRecording {
  /** Ends it; may be called again. Rejects only when the way to the device failed. */
  stop(): Promise<PowerSeries>;
}

/** Something that tells power. */
export interface PowerSensor {
  /** `rapl`, `battery`, a rail's name … */
  readonly name: string;
  /** What it covers, for reports: `CPU packages (RAPL)`. */
  readonly covers: string;
  /** How often it has a new reading. */
  readonly intervalMs: number;
  /** Whether its times are the device's, or of a clock of its own that the step of the load tells the offset of. */
  readonly alignment: 'device-clock' | 'load-step';
  /** Starts reading, until `stop` or the signal. Start before and stop after the stretch of interest, so that readings cover it. */
  start(signal: AbortSignal): PowerRecording;
}
