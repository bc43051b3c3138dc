import type { Device } from '../device/device.ts';
import type { Hello } from '../harness/client.ts';

/** The harness's clock less the one of the device's readings. */
export interface ClockOffset {
  readonly offsetNs: number;
  readonly resolutionNs: number;
}

/** /proc/uptime has steps of 10 ms (USER_HZ of 100, proc_uptime(5)). */
const UPTIME_STEP_NS = 1e7;

/** How a device's readings stand to the times of the harness; null where that is not known. */
export function clockOffset(device: Pick<Device, 'clock'>, { nowNs, uptimeNs, clockResolutionNs }: Hello): ClockOffset | null {
  if (device.clock === 'monotonic') return { offsetNs: 0, resolutionNs: clockResolutionNs };
  if (device.clock === 'apart') return null;
  // Both are rounded down to the same step, so that their difference is right in the mean.
  return uptimeNs === undefined ? null : { offsetNs: nowNs - uptimeNs, resolutionNs: UPTIME_STEP_NS };
}
