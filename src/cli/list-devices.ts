import { LocalDevice } from '../device/local.ts';
import { launchFault } from '../measure/fault.ts';
import { startHarness } from '../measure/session.ts';
import { builtInHarness } from '../farm/workplace.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { printable } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

const LIMITS = { memoryBytes: 4 * 1024 ** 3, loadMs: 60_000, inferenceMs: 60_000 };

/** `paddock devices`: what can be reached and what it can run. */
export async function listDevices(options: { readonly json?: true }, signal: AbortSignal): Promise<ExitCode> {
  const device = new LocalDevice();
  const { facts } = device;
  let runtimes: readonly { readonly name: string; readonly version: string; readonly delegates: readonly { readonly name: string; readonly kind: string }[] }[] = [];
  let fault: string | null = null;
  try {
    await using client = await startHarness({ device, argv: builtInHarness(thisWorkplace()), limits: LIMITS }, signal);
    ({ runtimes } = client.hello);
    await client.bye(LIMITS.loadMs);
  } catch (error) {
    signal.throwIfAborted();
    const known = launchFault(error);
    if (known === null) throw error;
    fault = known.verdict.reasons.map((reason) => reason.message).join('; ');
  }
  const out = process.stdout;
  if (options.json === true) {
    out.write(`${JSON.stringify({ devices: [{ ...facts, runtimes, fault }] }, null, 2)}\n`);
    return EXIT.ok;
  }
  out.write(`${facts.id}  ${printable(facts.name)}\n`);
  const lines: readonly (readonly [string, string])[] = [
    ['SoC', `${facts.soc}, ${facts.cores} cores, ${facts.memoryMiB} MiB`], ['OS', `${facts.os}, ${facts.arch}`], ['virtual', facts.virtualization ?? 'no'], ['profile', facts.profile], ['clock', facts.clockRegime],
    ['runtimes', runtimes.map((runtime) => `${runtime.name} ${runtime.version} (${runtime.delegates.map((delegate) => delegate.name).join(', ')})`).join('; ') || `none: ${fault ?? ''}`],
    ['sensors', facts.sensors.join(', ') || 'none'],
    ...facts.absentSensors.map((absent) => ['absent', `${absent.sensor}: ${absent.reason}`] as const),
  ];
  for (const [name, value] of lines) out.write(`  ${name.padEnd(9)} ${printable(value)}\n`);
  return EXIT.ok;
}
