import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readdir, readFile, readlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An adb server of the lab's own: never the user's at 5037. */
export interface AdbProcess {
  readonly port: number;
  readonly pid: number;
}

const START_MS = 60_000;
const LOOK_MS = 50;

/** Starts the real adb server on a port of its own with keys of its own in `folder`; it goes on when this process ends. */
export async function startAdb(folder: string, port?: number): Promise<AdbProcess> {
  await mkdir(folder, { recursive: true });
  const at = port ?? (await freePort());
  let child = await spawnAdb(folder, at);
  for (let waited = 0; waited < START_MS; waited += LOOK_MS) {
    // What was left of an earlier server at that port may still hold it.
    if (child.exitCode !== null || child.signalCode !== null) child = await spawnAdb(folder, at);
    // An answer alone may be another server's: one that finds its port taken goes on trying for half a second.
    const answers = await askAdb(at, 'host:version').then(() => true, () => false);
    if (answers && child.pid !== undefined && (await listensAt(child.pid, at))) return { port: at, pid: child.pid };
    await sleep(LOOK_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`the lab's adb server does not come up; its log says:\n${(await readFile(join(folder, 'log'), 'utf8')).slice(-2000)}`);
}

async function spawnAdb(folder: string, port: number): Promise<ChildProcess> {
  const log = await open(join(folder, 'log'), 'a');
  const child = spawn('adb', ['-L', `tcp:localhost:${port}`, 'nodaemon', 'server'], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    // No emulators of this machine, no boards of the network: only what the lab tells it of.
    env: { ...process.env, HOME: folder, ANDROID_SDK_HOME: folder, ADB_LOCAL_TRANSPORT_MAX_PORT: '5554', ADB_MDNS_AUTO_CONNECT: '0' },
  });
  child.unref();
  await log.close();
  return child;
}

/** Asks an adb server for a host service, as SERVICES.TXT of adb describes; unlike the adb program this never starts a server. Throws with the server's own words. */
export async function askAdb(port: number, service: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, timeout: START_MS });
  socket.on('timeout', () => socket.destroy(new Error(`the adb server at ${port} does not answer`)));
  const chunks: Buffer[] = [];
  socket.write(`${Buffer.byteLength(service).toString(16).padStart(4, '0')}${service}`);
  for await (const chunk of socket) {
    chunks.push(chunk as Buffer);
    const answer = Buffer.concat(chunks);
    const length = Number.parseInt(answer.toString('latin1', 4, 8), 16);
    if (answer.length < 8 + length || Number.isNaN(length)) continue;
    const text = answer.toString('utf8', 8, 8 + length);
    if (answer.toString('latin1', 0, 4) === 'OKAY') return text;
    throw new Error(text);
  }
  throw new Error(`the adb server at ${port} closed the connection`);
}

/** Whether a process has a socket that listens at a TCP port: its inode stands in column 10 of /proc/net/tcp, behind state 0A (proc(5)). */
async function listensAt(pid: number, port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '')));
  const rows = tables.join('\n').split('\n').map((line) => line.trim().split(/\s+/));
  const inodes = new Set(rows.filter(([, local = '', , state]) => local.endsWith(`:${hex}`) && state === '0A').map((row) => `socket:[${row[9] ?? ''}]`));
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(files.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return targets.some((target) => inodes.has(target));
}

/** Whether it runs: another process may have its number by now. */
export async function isAdbThere({ port, pid }: AdbProcess): Promise<boolean> {
  return pid > 1 && (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(`tcp:localhost:${port}`);
}

/** Ends one that `startAdb` started, where it still runs. */
export async function endAdb(adb: AdbProcess): Promise<void> {
  if (await isAdbThere(adb)) process.kill(adb.pid, 'SIGKILL');
}

/** The key that the server shows to boards. */
export async function adbPublicKey(folder: string): Promise<string> {
  return readFile(join(folder, '.android/adbkey.pub'), 'utf8');
}

async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
