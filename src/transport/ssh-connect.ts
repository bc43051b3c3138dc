import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import type { SshAddress, SshHop } from '../domain/transport-address.ts';
import { gatherWrites } from './gathered-writes.ts';
import { type HostKey, keyType, knownTypes, readKnownHosts, standingOf } from './known-hosts.ts';
import { hastenCipher } from './ssh-cipher-key.ts';
import { HostKeyFault, sshFault } from './ssh-fault.ts';
import { connectTcp } from './tcp.ts';
import { TransportFault } from './transport-fault.ts';

const READY_MS = 20_000;
/** A connection that says nothing for three of these is given up. */
const KEEPALIVE_MS = 10_000;
/** Fastest first where the processor has AES; OpenSSH's own first choice, ChaCha20, is slower there and costs the board more. */
const CIPHERS = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes256-ctr', 'chacha20-poly1305@openssh.com'] as const;
/** Best first; a type under which the host is known goes before them. */
const HOST_KEYS = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'] as const;

/** A connection, with the one that it goes through. */
export interface SshConnection {
  readonly client: Client;
  close(): void;
}

interface Connecting {
  readonly device: string;
  readonly signal: AbortSignal;
}

/** Connects, through the jump host where there is one. Throws TransportFault or the signal's reason. */
export async function connectSsh(address: SshAddress, connecting: Connecting): Promise<SshConnection> {
  const { jump } = address;
  if (jump === undefined) {
    const client = await connectHop(address, await connectTcp(address.host, address.port, connecting), connecting);
    return { client, close: () => client.end() };
  }
  const gate = await connectHop(jump, await connectTcp(jump.host, jump.port, connecting), { ...connecting, device: `${connecting.device} (jump host ${jump.user}@${jump.host})` });
  try {
    const stream = await forward(gate, address, connecting);
    const client = await connectHop(address, stream, connecting);
    client.once('close', () => gate.end());
    gate.once('close', () => client.destroy());
    return {
      client,
      close: () => {
        client.end();
        gate.end();
      },
    };
  } catch (error) {
    gate.end();
    throw error;
  }
}

/** A channel from the jump host to the board. The caller closes the jump host's connection when this throws, and with it a channel that comes late. */
export async function forward(gate: Pick<Client, 'forwardOut'>, { host, port }: Pick<SshAddress, 'host' | 'port'>, { device, signal }: Connecting, timeoutMs = READY_MS): Promise<Duplex> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => fail(signal.reason);
    const timer = setTimeout(() => fail(new TransportFault('timeout', device, `the jump host did not reach ${host}:${port} within ${timeoutMs / 1000} s`)), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      settle();
      reject(error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    gate.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error) return fail(new TransportFault('unreachable', device, `the jump host can't reach ${host}:${port} (${error.message})`, error));
      settle();
      resolve(channel);
    });
  });
}

async function connectHop(hop: SshHop, sock: Duplex, { device, signal }: Connecting): Promise<Client> {
  let refused: TransportFault | null = null;
  let said = '';
  const known = await readKnownHosts(hop);
  gatherWrites(sock);
  const config: ConnectConfig = {
    sock,
    username: hop.user,
    readyTimeout: READY_MS,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: 3,
    algorithms: { cipher: [...CIPHERS], serverHostKey: hostKeyOrder(knownTypes(known, hop.host, hop.port)) },
    authHandler: [await credential(hop, device)],
    hostVerifier: (key: Buffer): boolean => {
      refused = judge(known, { host: hop.host, port: hop.port, type: keyType(key), key }, device);
      return refused === null;
    },
  };
  const client = new ssh2.Client();
  return new Promise<Client>((resolve, reject) => {
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      client.destroy();
      sock.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    // Kept for the client's life: an error without a listener would end this process. What it means to requests, their own ends say.
    client.on('error', (error) => fail(refused ?? (CUT_SHORT.test(error.message) ? closedBeforeLogin(said, device) : sshFault(error, device))));
    const onData = (bytes: Buffer): void => { said = `${said}${bytes.toString('latin1', 0, 200)}`.slice(0, 200); };
    sock.on('data', onData);
    client.once('close', () => fail(refused ?? closedBeforeLogin(said, device)));
    client.once('ready', () => {
      sock.off('data', onData);
      signal.removeEventListener('abort', onAbort);
      hastenCipher(client);
      resolve(client);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else client.connect(config);
  });
}

/** What sshd says before its greeting to those for whom it has no place now (MaxStartups, PerSourcePenalties). */
const NO_PLACE = /^(?:Exceeded MaxStartups|Not allowed at this time)/;

/** What ssh2 and the system say of a connection that ended in the middle of it. */
const CUT_SHORT = /^Connection lost before handshake$|ECONNRESET|EPIPE/;

/** A daemon that has no place now or is about to end closes the connection; what says something else than ssh's greeting is none. `said`: the first that came. */
function closedBeforeLogin(said: string, device: string): TransportFault {
  const words = said.startsWith('SSH-') || said === '' ? '' : `: ${JSON.stringify(said.trim())}`;
  const isSsh = words === '' || NO_PLACE.test(said);
  return new TransportFault(isSsh ? 'lost' : 'garbage', device, isSsh ? `its sshd closed the connection before the login${words}` : `what answers does not speak ssh${words}`);
}

function judge(known: string, hostKey: HostKey, device: string): HostKeyFault | null {
  switch (standingOf(known, hostKey)) {
    case 'known':
      return null;
    case 'unknown':
      return new HostKeyFault('host-key-unknown', device, hostKey);
    case 'changed':
    case 'revoked':
      return new HostKeyFault('host-key-changed', device, hostKey);
  }
}

function hostKeyOrder(known: readonly string[]): (typeof HOST_KEYS)[number][] {
  // An RSA key is one key under several names of signatures.
  const isKnown = (name: string): boolean => known.includes(name) || (name.startsWith('rsa-') && known.includes('ssh-rsa'));
  return [...HOST_KEYS.filter((name) => isKnown(name)), ...HOST_KEYS.filter((name) => !isKnown(name))];
}

/** The one way to log in: the key that is named, or the agent. */
async function credential(hop: SshHop, device: string): Promise<{ type: 'publickey'; username: string; key: ssh2.ParsedKey } | { type: 'agent'; username: string; agent: string }> {
  if (hop.identityFile === undefined) {
    const agent = hop.agent ?? process.env['SSH_AUTH_SOCK'];
    if (agent === undefined || agent === '') throw new TransportFault('auth-refused', device, 'there is no key to log in with: name an identityFile, or start an ssh agent (SSH_AUTH_SOCK)');
    return { type: 'agent', username: hop.user, agent };
  }
  const path = hop.identityFile;
  const text = await readFile(path).catch((error: unknown) => {
    throw new TransportFault('bad-key', device, `the key ${JSON.stringify(path)} can't be read`, error);
  });
  const passphrase = hop.passphraseVariable === undefined ? undefined : process.env[hop.passphraseVariable];
  const key = ssh2.utils.parseKey(text, passphrase);
  if (key instanceof Error) {
    // ssh2's words may quote what it was given; they are not repeated.
    const locked = /encrypted|passphrase|integrity|decrypt/i.test(key.message);
    throw new TransportFault('bad-key', device, `the key ${JSON.stringify(path)} ${locked ? `is locked with a passphrase; put the right one into ${hop.passphraseVariable === undefined ? 'an environment variable and name it as passphraseVariable' : `$${hop.passphraseVariable}`}, or use an agent` : 'is no private key that can be used'}`);
  }
  return { type: 'publickey', username: hop.user, key };
}
