import type { Device } from '../device/device.ts';
import { runtimeSchema } from '../domain/suite.ts';
import { askHarness } from '../farm/ask-harness.ts';
import { localUnit } from '../farm/unit.ts';
import type { Workplace } from '../farm/workplace.ts';
import type { Hello } from '../harness/client.ts';

/** What the harness app that comes with Paddock can run on this machine; why not, when it does not start. */
export async function askRuntimes(device: Device, workplace: Workplace, signal: AbortSignal): Promise<{ readonly runtimes: Hello['runtimes']; readonly fault: string | null }> {
  const { answer } = await askHarness(localUnit(device, workplace.installFolder, workplace), runtimeSchema.parse({ id: 'onnxruntime' }), signal);
  return answer.kind === 'there' ? { runtimes: answer.hello.runtimes, fault: null } : { runtimes: [], fault: answer.verdict.reasons.map((reason) => reason.message).join('; ') };
}
