import type { ConditionSample } from '../domain/condition.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { DeviceFacts } from '../domain/result.ts';
import type { Transport } from '../transport/transport.ts';
import type { FileTree } from './file-tree.ts';
import type { HardwareEvidence } from './profile-match.ts';
import type { ProcessMemory } from './process-memory.ts';
import type { PowerSensor } from './power-sensor.ts';

/** `fresh`: all of it is read now, at some 100 ms of a phone's time: outside of what is timed only. */
export type SampleAge = 'recent' | 'fresh';

/** One physical unit that Paddock can reach. Closing it ends what it reads its sensors with; its transport is whose opened it. */
export interface Device extends AsyncDisposable {
  readonly facts: DeviceFacts;
  readonly transport: Transport;
  /** What it was recognised by, and its files as they were read when it was opened. */
  readonly hardware: { readonly evidence: HardwareEvidence; readonly files: FileTree };
  /** Stands before the paths of its files; empty for the system's own. */
  readonly root: string;
  /** What is known of this class of hardware; null when not even a generic profile fits. */
  readonly profile: DeviceProfile | null;
  /**
   * Which clock its samples and power readings have. `monotonic`: that of harness apps, to the nanosecond. `uptime`: /proc/uptime, in steps of 10 ms, which also
   * counts the time in which the device slept. `apart`: one that has no known relation to the harness's.
   */
  readonly clock: 'monotonic' | 'uptime' | 'apart';
  /**
   * The device's state now. Shares (`steal`, `cpuBusy`, `cpuPressure`) are over the time since this was last called on this object;
   * the first call has none of them but `cpuPressure`. What is dear to ask (Android's services) may be some seconds old, unless `fresh` is asked for.
   */
  sampleConditions(age?: SampleAge): Promise<ConditionSample>;
  /** Memory of a process of the device, as the system counts it. Reading it stops the process for a moment: not while it is being timed. */
  processMemory(pid: number): Promise<ProcessMemory>;
  /** Those that can be read; `facts.absentSensors` says why there are none. */
  powerSensors(): readonly PowerSensor[];
}
