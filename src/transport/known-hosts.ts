import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SshHop } from '../domain/transport-address.ts';

/** A key that a host showed. */
export interface HostKey {
  readonly host: string;
  readonly port: number;
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  readonly key: Buffer;
}

export type HostKeyStanding = 'known' | 'unknown' | 'changed' | 'revoked';

/** A line of known_hosts that is about one host. */
interface KnownKey {
  readonly marker: string | null;
  readonly type: string;
  readonly key: Buffer;
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type stands at the start of the key itself (RFC 4253, 6.6). */
export function keyType(key: Buffer): string {
  return key.length < 4 ? '' : key.toString('latin1', 4, 4 + Math.min(key.readUInt32BE(0), 100));
}

/** The files that OpenSSH looks into, or the one that is named; those that are not there are empty. */
export async function readKnownHosts(hop: SshHop): Promise<string> {
  const paths = hop.knownHosts === undefined ? [userFile(), '/etc/ssh/ssh_known_hosts'] : [hop.knownHosts];
  const texts = await Promise.all(paths.map(async (path) => readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  })));
  return texts.join('\n');
}

/** Key types that are known for a host: those are to be asked for, so that a host with several keys shows the known one. */
export function knownTypes(text: string, host: string, port: number): readonly string[] {
  return [...new Set(keysOf(text, host, port).filter(({ marker }) => marker === null).map(({ type }) => type))];
}

/** Whether a host may be who it says (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Certificates are not understood: a host that only has one is unknown. */
export function standingOf(text: string, { host, port, key }: HostKey): HostKeyStanding {
  const about = keysOf(text, host, port);
  const same = about.filter((known) => known.key.equals(key));
  if (same.some(({ marker }) => marker === '@revoked')) return 'revoked';
  if (same.some(({ marker }) => marker === null)) return 'known';
  return about.some(({ marker }) => marker === null) ? 'changed' : 'unknown';
}

/** Adds a key to the hop's file of known hosts (or the user's own). Whoever calls it has shown the fingerprint to someone who knows it. */
export async function rememberHostKey(hop: SshHop, { host, port, type, key }: HostKey): Promise<void> {
  const path = hop.knownHosts ?? userFile();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const text = await readFile(path, 'utf8').catch(() => '');
  const start = text === '' || text.endsWith('\n') ? '' : '\n';
  await appendFile(path, `${start}${hostName(host, port)} ${type} ${key.toString('base64')}\n`, { mode: 0o600 });
}

function userFile(): string {
  return join(homedir(), '.ssh/known_hosts');
}

function hostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function keysOf(text: string, host: string, port: number): readonly KnownKey[] {
  const name = hostName(host, port);
  const found: KnownKey[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() ?? null : null;
    const [names, type, key] = words;
    if (names === undefined || type === undefined || key === undefined || names.startsWith('#')) continue;
    if (isAbout(names, name)) found.push({ marker, type, key: Buffer.from(key, 'base64') });
  }
  return found;
}

function isAbout(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return isHashOf(names, name);
  let about = false;
  for (const pattern of names.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matches(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    about = true;
  }
  return about;
}

/** `|1|SALT|HASH`, where HASH is HMAC-SHA1 of the name with the salt as key. */
function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  const expected = Buffer.from(hash, 'base64');
  const found = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === found.length && timingSafeEqual(expected, found);
}

function matches(pattern: string, name: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
