import { LocalDevice } from '../device/local.ts';
import type { DeviceFacts } from '../domain/result.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { askRuntimes } from './host-runtimes.ts';
import { knownProfiles } from './profiles.ts';
import { printable } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

/** `paddock devices`: what can be reached and what it can run. */
export async function listDevices(options: { readonly json?: true }, signal: AbortSignal): Promise<ExitCode> {
  const workplace = thisWorkplace();
  const device = new LocalDevice({ profiles: await knownProfiles(workplace, process.cwd()) });
  const { facts } = device;
  const { runtimes, fault } = await askRuntimes(device, workplace, signal);
  const out = process.stdout;
  if (options.json === true) {
    out.write(`${JSON.stringify({ devices: [{ ...facts, runtimes, fault }] }, null, 2)}\n`);
    return EXIT.ok;
  }
  out.write(`${facts.id}  ${printable(facts.name)}\n`);
  const lines: readonly (readonly [string, string])[] = [
    ['SoC', `${facts.soc}, ${facts.cores} cores, ${facts.memoryMiB} MiB`], ['OS', `${facts.os}, ${facts.arch}`], ['virtual', facts.virtualization ?? 'no'], ['profile', profileWords(facts)], ['clock', facts.clockRegime],
    ['runtimes', runtimes.map((runtime) => `${runtime.name} ${runtime.version} (${runtime.delegates.map((delegate) => delegate.name).join(', ')})`).join('; ') || `none: ${fault ?? ''}`],
    ['sensors', facts.sensors.join(', ') || 'none'],
    ...facts.absentSensors.map((absent) => ['absent', `${absent.sensor}: ${absent.reason}`] as const),
  ];
  for (const [name, value] of lines) out.write(`  ${name.padEnd(9)} ${printable(value)}\n`);
  return EXIT.ok;
}

function profileWords({ profile, profileFit, recognisedBy }: DeviceFacts): string {
  const fit = profileFit === 'unknown' ? '; nobody has described such hardware: `paddock devices --profile-template` drafts a profile' : '';
  return `${profile}${recognisedBy === undefined ? '' : ` (by ${recognisedBy})`}${fit}`;
}
