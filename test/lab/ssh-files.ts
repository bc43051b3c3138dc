import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostCommand } from './host-command.ts';

/** Where the board's second sshd listens: only on its own loopback, so that it is reached by going through the first. */
export const INNER_PORT = 2222;

/**
 * Keys and configuration of an sshd board. On this side `ssh/`: `user` (a key that is let in), `stranger` (one that is not), `known_hosts` (of both its sshd,
 * the inner one as `[127.0.0.1]:2222`). On the board `/lab`: two host keys, two configurations.
 */
export async function makeSshFiles(folder: string, ip: string): Promise<void> {
  const own = join(folder, 'ssh');
  await mkdir(own);
  const keys = { [join(own, 'user')]: '', [join(own, 'stranger')]: '', [join(own, 'locked')]: 'open sesame', [join(folder, 'lab/host_key')]: '', [join(folder, 'lab/inner_host_key')]: '' };
  for (const [path, passphrase] of Object.entries(keys)) await hostCommand(['ssh-keygen', '-q', '-t', 'ed25519', '-N', passphrase, '-C', 'lab', '-f', path]);
  const publicKey = async (path: string): Promise<string> => (await readFile(`${path}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
  await writeFile(join(folder, 'lab/authorized_keys'), `${await publicKey(join(own, 'user'))}\n${await publicKey(join(own, 'locked'))}\n`);
  await writeFile(join(own, 'known_hosts'), `${ip} ${await publicKey(join(folder, 'lab/host_key'))}\n[127.0.0.1]:${INNER_PORT} ${await publicKey(join(folder, 'lab/inner_host_key'))}\n`);
  await writeFile(join(folder, 'lab/sshd_config'), configuration(['Port 22', 'HostKey /lab/host_key', 'PidFile none']));
  await writeFile(join(folder, 'lab/sshd_inner_config'), configuration([`Port ${INNER_PORT}`, 'ListenAddress 127.0.0.1', 'HostKey /lab/inner_host_key', 'PidFile none']));
}

function configuration(own: readonly string[]): string {
  const shared = [
    'AuthorizedKeysFile /lab/authorized_keys', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'UsePAM no', 'PermitRootLogin prohibit-password', 'StrictModes no', 'Subsystem sftp internal-sftp',
    'SetEnv PATH=/system/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    // Tests that are refused on purpose would shut the next ones out: each refusal is a penalty, and all tests come from one address.
    'PerSourcePenalties no',
  ];
  return `${[...own, ...shared].join('\n')}\n`;
}
