import { fingerprint, type HostKey } from './known-hosts.ts';
import { TransportFault } from './transport-fault.ts';

/** Who answers could not be proved. The key is here for whoever shows its fingerprint to someone who knows it, and then calls `rememberHostKey`. */
export class HostKeyFault extends TransportFault {
  override readonly name = 'HostKeyFault';
  readonly hostKey: HostKey;
  constructor(kind: 'host-key-unknown' | 'host-key-changed', device: string, hostKey: HostKey) {
    const what = `${hostKey.type} ${fingerprint(hostKey.key)} of ${hostKey.host}:${hostKey.port}`;
    super(kind, device, kind === 'host-key-unknown'
      ? `the host key ${what} is not known; compare it with what the device says (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and accept it`
      : `the host key has CHANGED or was revoked: it is now ${what}. Either the device was installed anew, or another machine answers; if it is right, remove the old line (ssh-keygen -R) and accept the new one`);
    this.hostKey = hostKey;
  }
}

/** Names what ssh2 threw. `level` is ssh2's own word for where it happened. */
export function sshFault(error: unknown, device: string): TransportFault {
  if (error instanceof TransportFault) return error;
  const text = error instanceof Error ? error.message : String(error);
  const level = typeof error === 'object' && error !== null && 'level' in error ? String(error.level) : '';
  if (level === 'client-authentication') return new TransportFault('auth-refused', device, 'the key was not accepted; is it in the device\'s authorized_keys, and is the user right?', error);
  if (level === 'agent') return new TransportFault('auth-refused', device, `the ssh agent can't be used (${text.slice(0, 200)})`, error);
  if (level === 'client-timeout' || /timed out/i.test(text)) return new TransportFault('timeout', device, 'the device did not answer in time', error);
  if (/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EHOSTDOWN/.test(text)) return new TransportFault('unreachable', device, `nothing answers there (${text.slice(0, 200)})`, error);
  if (/no space left/i.test(text)) return new TransportFault('device-full', device, 'free some space on the device', error);
  if (/no such file/i.test(text)) return new TransportFault('missing', device, 'there is no such file', error);
  if (/permission denied/i.test(text)) return new TransportFault('refused', device, 'the device\'s file system refused it', error);
  if (/channel open failure/i.test(text)) return new TransportFault('refused', device, `the device opens no more channels (${text.slice(0, 200)}); is MaxSessions of its sshd too low, or nothing at that port?`, error);
  if (level === 'handshake' || level === 'protocol' || /handshake|protocol|invalid/i.test(text)) return new TransportFault('garbage', device, `what answers does not speak ssh as expected (${text.slice(0, 200)})`, error);
  return new TransportFault('lost', device, `the connection broke (${text.slice(0, 200)})`, error);
}
