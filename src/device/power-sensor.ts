/** Power at one moment. */
export interface PowerReading {
  /** Nanoseconds of the device's monotonic clock. */
  readonly timeNs: number;
  readonly watts: number;
}

/** A running record of power. */
export interface PowerRecording {
  /** Ends it and gives its readings in the order of time; may be called again. Rejects when the sensor failed meanwhile. */
  stop(): Promise<readonly PowerReading[]>;
}

/** Something that tells power. */
export interface PowerSensor {
  /** `rapl`, a rail's name … */
  readonly name: string;
  /** What it covers, for reports: `CPU packages (RAPL)`. */
  readonly covers: string;
  /** Starts reading, until `stop` or the signal. Start before and stop after the stretch of interest, so that readings cover it. */
  start(signal: AbortSignal): PowerRecording;
}
