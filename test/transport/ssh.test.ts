import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SshAddress } from '../../src/domain/transport-address.ts';
import { rememberHostKey } from '../../src/transport/known-hosts.ts';
import { openTransport } from '../../src/transport/open-transport.ts';
import { HostKeyFault } from '../../src/transport/ssh-fault.ts';
import type { Board } from '../lab/board.ts';
import { hostCommand } from '../lab/host-command.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { INNER_PORT } from '../lab/ssh-files.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { faultOf, LocalFiles, never, run } from './reading.ts';

describe.skipIf(lacksLab)('ssh', () => {
  let lab: Lab;
  let board: Board;
  let address: SshAddress;
  let files: LocalFiles;

  beforeAll(async () => {
    lab = await useLab(['rpi']);
    board = lab.board('rpi');
    address = board.sshAddress;
    files = await LocalFiles.make();
  }, LAB_HOOK_MS);

  afterAll(async () => {
    await files?.[Symbol.asyncDispose]();
  });

  const knownHosts = async (name: string, text: string): Promise<string> => (await files.of(name, Buffer.from(text))).path;
  const fault = async (changed: Partial<SshAddress>): Promise<string> => faultOf(openTransport({ ...address, ...changed }, { signal: never }).then((transport) => transport.close()));

  test('a host that is not known is refused with its fingerprint, and let in once it is accepted', async () => {
    const path = join(files.folder, 'fresh/known_hosts');
    const error = await openTransport({ ...address, knownHosts: path }, { signal: never }).then(() => null, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(HostKeyFault);
    if (!(error instanceof HostKeyFault)) return;
    expect(error.kind).toBe('host-key-unknown');
    const listed = await hostCommand(['ssh-keygen', '-lf', join(board.folder, 'lab/host_key.pub')]);
    expect(error.message).toContain(listed.split(' ')[1]);
    await rememberHostKey({ ...address, knownHosts: path }, error.hostKey);
    expect(await fault({ knownHosts: path })).toBe('none');
  });

  test('known_hosts: hashed entries, patterns, revoked and changed keys', async () => {
    const text = await readFile(join(board.folder, 'ssh/known_hosts'), 'utf8');
    const key = text.split('\n')[0]?.split(' ').slice(1).join(' ') ?? '';
    const other = (await readFile(join(board.folder, 'ssh/stranger.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
    const hashed = await knownHosts('hashed', `${address.host} ${key}\n`);
    await hostCommand(['ssh-keygen', '-q', '-H', '-f', hashed]);
    expect(await readFile(hashed, 'utf8')).toMatch(/^\|1\|/);
    expect(await fault({ knownHosts: hashed })).toBe('none');
    expect(await fault({ knownHosts: await knownHosts('pattern', `# a comment\n10.213.*,!10.214.0.1 ${key}\n`) })).toBe('none');
    expect(await fault({ knownHosts: await knownHosts('not', `*,!${address.host} ${key}\n`) })).toBe('host-key-unknown');
    expect(await fault({ knownHosts: await knownHosts('port', `[${address.host}]:2022 ${key}\n`) })).toBe('host-key-unknown');
    expect(await fault({ knownHosts: await knownHosts('changed', `${address.host} ${other}\n`) })).toBe('host-key-changed');
    expect(await fault({ knownHosts: await knownHosts('revoked', `${address.host} ${key}\n@revoked ${address.host} ${key}\n`) })).toBe('host-key-changed');
    expect(await fault({ knownHosts: await knownHosts('broken', `${address.host}\n\n|1|x ssh-ed25519 AAAA\nx y z\n`) })).toBe('host-key-unknown');
  });

  test('keys: a stranger\'s, none, a broken one, a locked one; no secret in what is said', async () => {
    expect(await fault({ identityFile: join(board.folder, 'ssh/stranger') })).toBe('auth-refused');
    expect(await fault({ identityFile: '/nowhere/key' })).toBe('bad-key');
    expect(await fault({ identityFile: await knownHosts('nokey', 'no key at all') })).toBe('bad-key');
    const locked = join(board.folder, 'ssh/locked');
    expect(await fault({ identityFile: locked })).toBe('bad-key');
    process.env['PADDOCK_TEST_PASSPHRASE'] = 'wrong sesame';
    const said = await openTransport({ ...address, identityFile: locked, passphraseVariable: 'PADDOCK_TEST_PASSPHRASE' }, { signal: never }).then(() => '', (error: unknown) => String(error));
    expect(said).toContain('passphrase');
    expect(said).not.toContain('sesame');
    process.env['PADDOCK_TEST_PASSPHRASE'] = 'open sesame';
    expect(await fault({ identityFile: locked, passphraseVariable: 'PADDOCK_TEST_PASSPHRASE' })).toBe('none');
    delete process.env['PADDOCK_TEST_PASSPHRASE'];
  });

  test('an agent holds the key', async () => {
    const socket = join(files.folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      const { identityFile = '', ...rest } = address;
      for (let waited = 0; waited < 60_000; waited += 100) {
        if (await hostCommand(['ssh-add', '-q', identityFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } }).then(() => true, () => false)) break;
        await sleep(100);
      }
      await using transport = await openTransport({ ...rest, agent: socket }, { signal: never });
      expect((await run(transport, ['echo', 'in'])).out).toBe('in\n');
    } finally {
      agent.kill();
    }
    const { identityFile: _, ...without } = address;
    expect(await faultOf(openTransport({ ...without, agent: '/nowhere/agent' }, { signal: never }))).toBe('auth-refused');
  });

  test('through a jump host, with the keys of both checked', async () => {
    const { kind: _, ...jump } = address;
    const inner: SshAddress = { ...address, host: '127.0.0.1', port: INNER_PORT, jump };
    await using transport = await openTransport(inner, { signal: never });
    expect((await run(transport, ['echo', 'through'])).out).toBe('through\n');
    const file = await files.random('jumped', 300_000);
    expect((await run(transport, ['sha256sum', await transport.push(file.path, file.sha256, never)])).out).toContain(file.sha256);
    const onlyInner = await knownHosts('inner', (await readFile(join(board.folder, 'ssh/known_hosts'), 'utf8')).split('\n').slice(1).join('\n'));
    const onlyGate = await knownHosts('gate', `${(await readFile(join(board.folder, 'ssh/known_hosts'), 'utf8')).split('\n')[0]}\n`);
    expect(await faultOf(openTransport({ ...inner, jump: { ...jump, knownHosts: onlyInner } }, { signal: never }))).toBe('host-key-unknown');
    expect(await faultOf(openTransport({ ...inner, knownHosts: onlyGate }, { signal: never }))).toBe('host-key-unknown');
    expect(await faultOf(openTransport({ ...inner, port: 9 }, { signal: never }))).toBe('unreachable');
  });

  test('nothing there, garbage, silence', async () => {
    expect(await fault({ port: 9 })).toBe('unreachable');
    const noise = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => {
      noise.listen(0, '127.0.0.1', resolve);
    });
    const at = noise.address();
    expect(await fault({ host: '127.0.0.1', port: typeof at === 'object' && at !== null ? at.port : 0 })).toBe('garbage');
    noise.close();
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('enough')), 300);
    const silent = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const quiet = silent.address();
    await expect(openTransport({ ...address, host: '127.0.0.1', port: typeof quiet === 'object' && quiet !== null ? quiet.port : 0 }, { signal: abort.signal })).rejects.toThrow('enough');
    silent.close();
  });

  test('a connection that is dropped: programs are told as lost and end, half a push is not left, and the next request connects again', async () => {
    await using own = await lab.spare({ kind: 'rpi' });
    await using transport = await openTransport(own.address, { signal: never });
    const child = await transport.exec(['sh', '-c', 'sleep 8201 & sleep 8201'], { signal: never });
    const file = await files.random('large', 48 * 2 ** 20);
    const sessions = await sessionsOf(own);
    const pushing = transport.push(file.path, file.sha256, never, () => drop(sessions));
    expect(['lost', 'unreachable']).toContain(await faultOf(pushing));
    expect(await child.exited).toMatchObject({ lost: { kind: 'lost' } });
    for (let waited = 0; waited < 60_000 && (await own.processes()).some(({ command }) => command.includes('8201')); waited += 100) await sleep(100);
    expect((await own.processes()).some(({ command }) => command.includes('8201'))).toBe(false);
    const root = (await transport.scratch(never)).replace(/\/session\/.*/, '');
    expect((await run(transport, ['ls', `${root}/store`])).out).toBe('');
    expect((await run(transport, ['sha256sum', await transport.push(file.path, file.sha256, never)])).out).toContain(file.sha256);
  });

  test('a daemon that has no place for one more login is told as lost: it is there again later', async () => {
    await using own = await lab.spare({ kind: 'rpi' });
    const { host, port } = own.sshAddress;
    // MaxStartups is 10:30:100 where nobody sets it: beyond a hundred that have not logged in, all are turned away.
    const waiting = await Promise.all(Array.from({ length: 200 }, async () => {
      const socket = connect(port, host);
      socket.on('error', () => {}).resume();
      await once(socket, 'connect');
      return socket;
    }));
    const tried = await Promise.all(Array.from({ length: 8 }, () => openTransport(own.address, { signal: never }).then((transport) => transport.close(), (reason: unknown) => reason)));
    const refusals = tried.filter((reason) => reason !== undefined);
    expect(refusals).not.toEqual([]);
    for (const reason of refusals) expect(reason).toMatchObject({ kind: 'lost', message: expect.stringContaining('its sshd closed the connection before the login') });
    for (const socket of waiting) socket.destroy();
  });

  test('a disk that is full is told as that, and nothing half-written is left', async () => {
    await using own = await lab.spare({ kind: 'rpi', dataMiB: 8 });
    await using transport = await openTransport(own.address, { signal: never, remoteFolder: '/data/local/tmp/paddock' });
    const file = await files.random('too-large', 20 * 2 ** 20);
    expect(await faultOf(transport.push(file.path, file.sha256, never))).toBe('device-full');
    expect(await faultOf(transport.upload(file.path, '/data/local/tmp/there', { signal: never }))).toBe('device-full');
    expect(Number((await run(transport, ['du', '-sk', '/data/local/tmp'])).out.split('\t')[0])).toBeLessThan(200);
    const small = await files.random('small', 10_000);
    expect((await run(transport, ['sha256sum', await transport.push(small.path, small.sha256, never)])).out).toContain(small.sha256);
  });
});

/** The sshd processes that serve connections; the listener is another. */
async function sessionsOf(board: Board): Promise<readonly number[]> {
  return (await board.processes()).filter(({ command }) => command.startsWith('sshd-session:')).map(({ pid }) => pid);
}

/** Drops connections, as a daemon that is restarted or a machine on the way does. */
function drop(sessions: readonly number[]): void {
  for (const pid of sessions) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was one of a pair, and went with the other.
    }
  }
}
