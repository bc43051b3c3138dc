import { dumpLines, type DumpOutcome } from './dump.ts';
import { parseWholeNumber } from './whole-number.ts';

export interface GpuBusy {
  /** Time at work and whole time of the driver's last window, in the driver's ticks. */
  readonly busyTicks: number;
  readonly windowTicks: number;
  /** 0 to 1; absent while the window is empty, which says nothing about the load. */
  readonly busyShare?: number;
}

/** Reads kgsl's `gpubusy` (Qualcomm, kgsl_pwrctrl_gpubusy_show): `   busy   total`. With its clock off, the driver prints 0 and 0. */
export function parseGpuBusy(text: string): DumpOutcome<GpuBusy> {
  const lines = dumpLines(text).map((line) => line.trim()).filter((line) => line !== '');
  const parts = lines[0]?.split(/\s+/) ?? [];
  const [busyTicks, windowTicks] = parts.map(parseWholeNumber);
  if (lines.length !== 1 || parts.length !== 2 || busyTicks === undefined || windowTicks === undefined || busyTicks === null || windowTicks === null) {
    return { ok: false, reason: 'it is not one line with two whole numbers, as gpubusy of kgsl has' };
  }
  if (busyTicks > windowTicks) return { ok: false, reason: `its busy time ${busyTicks} exceeds its window of ${windowTicks}` };
  if (windowTicks === 0) return { ok: true, value: { busyTicks, windowTicks }, warnings: ['the window is empty: the GPU\'s clock is off, and there is no share'] };
  return { ok: true, value: { busyTicks, windowTicks, busyShare: busyTicks / windowTicks }, warnings: [] };
}
