import type { Device } from '../device/device.ts';
import { builtInHarness, type Workplace } from '../farm/workplace.ts';
import type { Hello } from '../harness/client.ts';
import { launchFault } from '../measure/fault.ts';
import { startHarness } from '../measure/session.ts';

const BYE_MS = 10_000;
/** Far more than a harness without a model takes. */
const LIMITS = { memoryBytes: 4 * 1024 ** 3, loadMs: 60_000, inferenceMs: 60_000 };

/** What the harness app that comes with Paddock can run on a device; why not, when it does not start. */
export async function askRuntimes(device: Device, workplace: Workplace, signal: AbortSignal): Promise<{ readonly runtimes: Hello['runtimes']; readonly fault: string | null }> {
  try {
    await using client = await startHarness({ device, argv: builtInHarness(workplace), limits: LIMITS }, signal);
    const { runtimes } = client.hello;
    await client.bye(BYE_MS);
    return { runtimes, fault: null };
  } catch (error) {
    signal.throwIfAborted();
    const fault = launchFault(error);
    if (fault === null) throw error;
    return { runtimes: [], fault: fault.verdict.reasons.map((reason) => reason.message).join('; ') };
  }
}
