import type { Reason } from '../domain/verdict.ts';
import type { LaunchTarget } from './target.ts';

/** The code of what ran on software that plays a GPU: no figure of a GPU, and no better with more launches. */
export const SOFTWARE_GPU = 'software-gpu';

/** A launch that found its GPU to be software. */
export class SoftwareGpu extends Error {
  override readonly name = 'SoftwareGpu';
}

/** Null on real hardware. `softwareGpu`: the software's name, as the harness tells it of the loaded model. */
export function softwareGpuReason({ delegate }: Pick<LaunchTarget, 'delegate'>, softwareGpu: string | null): Reason | null {
  return softwareGpu === null ? null : { code: SOFTWARE_GPU, message: `${delegate.name} ran on ${softwareGpu}, which computes on the CPU: no figure of a GPU` };
}
