import { REACH } from '../device/reach.ts';
import { startWords } from '../domain/browser-start-words.ts';
import type { DeviceFacts } from '../domain/result.ts';
import { surveyDevices, type SurveyedDevice, type UnusableDevice, type UsableDevice } from '../farm/survey.ts';
import { browserWords } from '../report/browser-words.ts';
import { hardwareWords, lackingDelegates } from '../report/hardware-words.ts';
import { acceptHostKey } from './accept-host-key.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { loadLab } from './lab-file.ts';
import { knownProfiles } from './profiles.ts';
import { Progress } from './progress.ts';
import { readmitDevices } from './readmit.ts';
import { storePath } from './run-ref.ts';
import { readSetAside } from './run-roster.ts';
import { setDevicesAside } from './set-aside.ts';
import { paint, printable } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

export interface ListOptions {
  readonly config?: string;
  readonly db?: string;
  readonly acceptHostKey: readonly string[];
  readonly readmit: readonly string[];
  readonly setAside: readonly string[];
  readonly why?: string;
  readonly until?: string;
  readonly json?: true;
}

/** `paddock devices`: what can be reached and what it can run; what is known and can't be used, with what to do. */
export async function listDevices(options: ListOptions, signal: AbortSignal): Promise<ExitCode> {
  const workplace = thisWorkplace();
  const progress = new Progress(process.stderr);
  const { lab } = await loadLab(options.config, process.cwd());
  const path = storePath(options.db);
  readmitDevices(options.readmit, path, progress);
  setDevicesAside(options, path, progress);
  for (const id of options.acceptHostKey) await acceptHostKey(id, lab, REACH, progress, signal);
  const devices = await surveyDevices({
    lab, reach: REACH, profiles: await knownProfiles(workplace, process.cwd(), lab.profiles), label: 'paddock devices', workplace, setAside: readSetAside(path), signal,
    onNote: (message) => progress.note(message, 'dim'),
  });
  for (const id of options.setAside) if (!devices.some((device) => (device.state === 'ok' ? device.facts.id : device.id) === id)) progress.note(`no device ${id} is known here now; it is set aside for when it comes`, 'yellow');
  const out = process.stdout;
  if (options.json === true) out.write(`${JSON.stringify({ devices: devices.map(asJson) }, null, 2)}\n`);
  else out.write(devices.map((device) => block(device, out, devices.length === 1 ? 'full' : 'short')).join('\n'));
  return EXIT.ok;
}

function asJson(device: SurveyedDevice): object {
  if (device.state !== 'ok') return device;
  const { facts, runtimes, fault, state } = device;
  return { ...facts, state, runtimes, fault };
}

function block(device: SurveyedDevice, out: NodeJS.WriteStream, length: 'full' | 'short'): string {
  return device.state === 'ok' ? usableBlock(device, out, length) : unusableBlock(device, out);
}

function usableBlock({ facts, runtimes, fault }: UsableDevice, out: NodeJS.WriteStream, length: 'full' | 'short'): string {
  const absent = length === 'full' ? facts.absentSensors.map(({ sensor, reason }) => ['absent', `${sensor}: ${reason}`] as const)
    : facts.absentSensors.length === 0 ? [] : [['absent', facts.absentSensors.map(({ sensor }) => sensor).join(', ')] as const];
  const lacking = facts.hardware === undefined ? null : lackingDelegates(facts.hardware, runtimes);
  const lines: readonly (readonly [string, string])[] = [
    ...(facts.model === facts.name ? [] : [['model', facts.model] as const]), ['SoC', `${facts.soc}, ${facts.cores} cores${facts.memoryMiB === undefined ? '' : `, ${facts.memoryMiB} MiB`}`], ['OS', `${facts.os}, ${facts.arch}`],
    ...(facts.transport === 'local' ? [] : [['reached', facts.transport] as const]), ['virtual', facts.virtualization === undefined ? 'not told' : (facts.virtualization ?? 'no')], ['profile', profileWords(facts)], ['clock', facts.clockRegime],
    ...(facts.hardware === undefined ? [] : hardwareWords(facts.hardware).filter(([name]) => length === 'full' || name !== 'quirk')),
    ...(facts.browserStart === undefined ? [] : [['started', startWords(facts.browserStart)] as const]),
    ...(facts.browser === undefined ? [] : browserWords(facts.browser)),
    ['runtimes', runtimes.map((runtime) => `${runtime.name} ${runtime.version} (${runtime.delegates.map((delegate) => delegate.name).join(', ')})`).join('; ') || `none: ${fault ?? ''}`],
    ...(lacking === null ? [] : [['lacks', `${lacking}: this hardware could run it, the harness app here does not have it`] as const]),
    ['sensors', facts.sensors.join(', ') || 'none'],
    ...absent,
  ];
  const emulated = facts.emulated ? `  ${paint(out, 'yellow', 'emulated: no figure of it says anything of real hardware')}` : '';
  return `${paint(out, 'bold', facts.id)}  ${paint(out, 'green', 'ok')}  ${printable(facts.name)}${emulated}\n${lines.map(([name, value]) => `  ${name.padEnd(9)} ${printable(value)}\n`).join('')}`;
}

function unusableBlock({ id, state, reached, message, advice }: UnusableDevice, out: NodeJS.WriteStream): string {
  const lines = [['reached', reached], ['why', message], ...(advice === null ? [] : [['to do', advice]])];
  return `${paint(out, 'bold', printable(id))}  ${paint(out, 'red', state)}\n${lines.map(([name = '', value = '']) => `  ${name.padEnd(9)} ${printable(value)}\n`).join('')}`;
}

function profileWords({ profile, profileFit, recognisedBy }: DeviceFacts): string {
  const fit = profileFit === 'unknown' ? '; nobody has described such hardware: `paddock devices --profile-template` drafts a profile' : '';
  return `${profile}${recognisedBy === undefined ? '' : ` (by ${recognisedBy})`}${fit}`;
}
