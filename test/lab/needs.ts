import { existsSync } from 'node:fs';
import { lacks } from '../lacks.ts';
import { hasProgram } from './host-command.ts';

/** Program and the Debian package that brings it. */
const PROGRAMS = [
  ['adb', 'adb'], ['ssh', 'openssh-client'], ['scp', 'openssh-client'], ['ssh-keygen', 'openssh-client'], ['ip', 'iproute2'], ['unshare', 'util-linux'], ['nsenter', 'util-linux'], ['flock', 'util-linux'], ['g++', 'g++'],
  ['dpkg-deb', 'dpkg'], ['apt-get', 'apt'],
] as const;

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What this machine lacks for the lab, in words; empty when it has everything. */
export async function labNeeds(): Promise<readonly string[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return ['Linux on x86-64'];
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push('root (it makes namespaces and network links)');
  for (const [name] of PROGRAMS) if (!(await hasProgram(name))) missing.push(name);
  if (!existsSync(KEYRING)) missing.push(KEYRING);
  return missing;
}

/** The command that brings what the lab needs. */
export const LAB_INSTALL = `as root on Debian: apt-get install ${[...new Set(PROGRAMS.map(([, debian]) => debian)), 'debian-archive-keyring'].join(' ')}`;

const missing = await labNeeds();

/** For `test.skipIf`: true where the lab can't be, which is said aloud; in CI it is an error. */
export const lacksLab = lacks(`the device lab's ${missing.join(', ')}`, missing.length === 0, LAB_INSTALL);
