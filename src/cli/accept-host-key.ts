import type { Reach } from '../device/reach.ts';
import type { Lab } from '../domain/lab.ts';
import { fingerprint, rememberHostKey } from '../transport/known-hosts.ts';
import { HostKeyFault } from '../transport/ssh-fault.ts';
import { UsageError } from './exit.ts';
import type { Progress } from './progress.ts';

/** A board and the host to go through to it. */
const MAX_HOPS = 2;

/** Takes the host key that an ssh board of the lab (and its jump host) shows now as its own, where none is known, and prints its fingerprint. Throws UsageError for a key that changed; TransportFault. */
export async function acceptHostKey(id: string, lab: Lab, reach: Reach, progress: Progress, signal: AbortSignal): Promise<void> {
  const entry = lab.devices.find((device) => device.id === id);
  if (entry?.ssh === undefined) throw new UsageError(`--accept-host-key ${id}: paddock.yaml has no device of this id that is reached by ssh`);
  for (let hop = 0; hop < MAX_HOPS + 1; hop++) {
    try {
      const transport = await reach.open({ kind: 'ssh', ...entry.ssh }, { signal });
      await transport.close();
      if (hop === 0) progress.note(`the host key of ${id} was known already`);
      return;
    } catch (error) {
      if (!(error instanceof HostKeyFault)) throw error;
      if (error.kind === 'host-key-changed') throw new UsageError(error.message);
      const { hostKey } = error;
      const { ssh } = entry;
      const shown = ssh.jump !== undefined && ssh.jump.host === hostKey.host && ssh.jump.port === hostKey.port ? ssh.jump : ssh;
      await rememberHostKey(shown, hostKey);
      progress.note(`accepted ${hostKey.type} ${fingerprint(hostKey.key)} of ${hostKey.host}:${hostKey.port}`, 'bold');
    }
  }
}
