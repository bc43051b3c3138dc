import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, open, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdbAddress, SshAddress } from '../../src/domain/transport-address.ts';
import { askAdb } from './adb-process.ts';
import { adbProperties, baseRoot } from './base-root.ts';
import { KINDS, type KindName } from './kinds/registry.ts';
import { locked } from './lock.ts';
import { claimNetwork, cutNow, dropNetwork, type Network, setLink } from './network.ts';
import { AT_REST, type BoardState, type Control, step } from './physics.ts';
import { requireAuth } from './require-auth.ts';
import { makeSshFiles } from './ssh-files.ts';
import { copyProcessors, writeBoardFiles } from './sys-tree.ts';

/** What a board is, kept in its folder as board.json. */
interface BoardRecord {
  readonly kind: KindName;
  readonly serial: string;
  readonly network: Network;
  readonly adbPort: number;
  readonly dataMiB: number | null;
}

export interface BoardOptions {
  readonly kind: KindName;
  /** Port of the adb server that is told of it. */
  readonly adbPort: number;
  readonly serial?: string;
  /** Puts /data/local/tmp on a disk of this size. */
  readonly dataMiB?: number;
}

/** Until its daemon answers; an emulated board takes seconds. */
const START_MS = 120_000;
const LOOK_MS = 20;
const RECONNECT_MS = 4000;
const SSH_PORT = 22;
const ADB_PORT = 5555;

/** While this file is in a board's folder, the lab's weather leaves the board alone. */
export const OWN_WEATHER = 'own-weather';
const OWN_TICK_MS = 100;

/** What a test laid on a board: the energy it took since its making (of the whole board), and what it takes at rest. */
export interface LaidOn {
  /** Nanoseconds of CLOCK_MONOTONIC, ascending. */
  readonly timeNs: number;
  readonly microjoules: number;
}

/** One board of the lab: namespaces of its own with the real adbd or sshd inside. */
export class Board implements AsyncDisposable {
  readonly folder: string;
  #record: BoardRecord;

  private constructor(folder: string, record: BoardRecord) {
    this.folder = folder;
    this.#record = record;
  }

  /** Makes a board in a folder that is not there yet; `start` switches it on. */
  static async make(folder: string, { kind, adbPort, serial, dataMiB }: BoardOptions): Promise<Board> {
    const network = await claimNetwork();
    try {
      await mkdir(folder, { recursive: true });
      const board = new Board(folder, { kind, serial: serial ?? `LAB${randomBytes(5).toString('hex').toUpperCase()}`, network, adbPort, dataMiB: dataMiB ?? null });
      for (const name of ['data', 'lab', 'sys']) await mkdir(join(folder, name));
      await cp(join(import.meta.dirname, 'programs'), join(folder, 'lab/programs'), { recursive: true });
      await copyProcessors(folder);
      await writeFile(join(folder, 'state.json'), JSON.stringify(AT_REST));
      if (KINDS[kind].reach === 'ssh') await makeSshFiles(folder, network.boardIp);
      await board.#describe();
      await board.#keep();
      return board;
    } catch (error) {
      await dropNetwork(network);
      throw error;
    }
  }

  static async at(folder: string): Promise<Board> {
    return new Board(folder, JSON.parse(await readFile(join(folder, 'board.json'), 'utf8')) as BoardRecord);
  }

  get name(): string {
    return basename(this.folder);
  }

  get kind(): KindName {
    return this.#record.kind;
  }

  get serial(): string {
    return this.#record.serial;
  }

  get ip(): string {
    return this.#record.network.boardIp;
  }

  get adbAddress(): AdbAddress {
    return { kind: 'adb', serial: `${this.ip}:${ADB_PORT}`, server: { host: '127.0.0.1', port: this.#record.adbPort } };
  }

  get sshAddress(): SshAddress {
    return { kind: 'ssh', host: this.ip, port: SSH_PORT, user: 'root', identityFile: join(this.folder, 'ssh/user'), knownHosts: join(this.folder, 'ssh/known_hosts') };
  }

  /** How Paddock reaches it. */
  get address(): AdbAddress | SshAddress {
    return KINDS[this.kind].reach === 'ssh' ? this.sshAddress : this.adbAddress;
  }

  /** Its first process, as this machine counts; null while it is off. */
  async pid(): Promise<number | null> {
    const pid = Number(await readFile(join(this.folder, 'pid'), 'utf8').catch(() => ''));
    if (!(pid > 1)) return null;
    // The number may belong to another process by now.
    const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    return mounts.includes(`/${this.name}/boot_id`) ? pid : null;
  }

  /** Switches it on, as after a power cut: with a boot id of its own. One that runs is only made known to the adb server, where a new one does not know it yet. */
  async start(): Promise<void> {
    const kind = KINDS[this.kind];
    if ((await this.pid()) !== null) {
      if (kind.reach === 'adb' && ['offline', null].includes(await this.#state())) await this.connect();
      return;
    }
    const emulated = kind.image === 'arm64';
    await rm(join(this.folder, 'pid'), { force: true });
    await writeFile(join(this.folder, 'boot_id'), `${randomUUID()}\n`);
    const preload = kind.reach === 'adb' && !emulated ? await adbProperties() : null;
    if (preload !== null) await cp(preload, join(this.folder, 'lab/properties.so'));
    const log = await open(join(this.folder, 'log'), 'a');
    const unshare = ['unshare', ...(emulated ? ['--user', '-r'] : []), '-m', '-p', '-f', '--kill-child', 'bash', join(import.meta.dirname, 'board-init.sh'), ...this.#daemons(preload !== null)];
    const child = spawn('nsenter', [`--net=/run/netns/${this.#record.network.name}`, ...unshare], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: {
        PATH: process.env['PATH'], BOARD: this.folder, BASE: await baseRoot(kind.image), TOOLS: kind.tools, DATA_MIB: this.#record.dataMiB === null ? '' : String(this.#record.dataMiB),
        QEMU: emulated ? join(await baseRoot('qemu'), 'usr/bin/qemu-aarch64') : '',
      },
    });
    child.unref();
    await log.close();
    const pid = await this.#answering(child);
    if (kind.auth === 'required') await requireAuth(await this.#daemonPid(pid), join(await baseRoot(kind.image), 'usr/lib/android-sdk/platform-tools/adbd'));
    if (kind.reach === 'adb') await this.connect();
  }

  /** Tells the adb server of it, anew when it knows it from before, and waits until it answers. */
  async connect(): Promise<void> {
    const { serial } = this.adbAddress;
    const wanted = KINDS[this.kind].auth === 'required' ? 'unauthorized' : 'device';
    for (let waited = 0; waited < START_MS; waited += LOOK_MS) {
      // A server that is still letting the old connection go says "already connected", and then is not: asked again, it connects.
      if (waited % RECONNECT_MS === 0) {
        await askAdb(this.#record.adbPort, `host:disconnect:${serial}`).catch(() => '');
        await askAdb(this.#record.adbPort, `host:connect:${serial}`).catch(() => '');
      }
      if ((await this.#state()) === wanted) return;
      await sleep(LOOK_MS);
    }
    throw new Error(`the adb server does not reach board ${this.name} at ${serial}`);
  }

  /** What the adb server says of it; null when it does not know it. */
  async #state(): Promise<string | null> {
    const lines = (await askAdb(this.#record.adbPort, 'host:devices')).split('\n').map((line) => line.split('\t'));
    return lines.find(([serial]) => serial === this.adbAddress.serial)?.[1] ?? null;
  }

  /** Switches it off. */
  async stop(): Promise<void> {
    const pid = await this.pid();
    if (pid === null) return;
    process.kill(pid, 'SIGKILL');
    for (let waited = 0; (await this.pid()) !== null; waited += LOOK_MS) {
      if (waited > START_MS) throw new Error(`board ${this.name} (process ${pid}) does not go`);
      await sleep(LOOK_MS);
    }
  }

  /** Off and on again; with another serial number it is another unit that answers at the same address. */
  async restart(changed: { readonly serial?: string } = {}): Promise<void> {
    await this.stop();
    if (changed.serial !== undefined) {
      this.#record = { ...this.#record, serial: changed.serial };
      await this.#keep();
      await this.#describe();
    }
    await this.start();
  }

  /** Takes its cable out. */
  async cut(): Promise<void> {
    await setLink(this.#record.network, 'down');
  }

  /** As `cut`, but this process sends nothing more meanwhile. */
  cutNow(): void {
    cutNow(this.#record.network);
  }

  /** Puts its cable back. */
  async mend(): Promise<void> {
    await setLink(this.#record.network, 'up');
  }

  /** For a board that asks for keys: lets a public key in, as the tap on the prompt does. */
  async authorize(publicKey: string): Promise<void> {
    const pid = await this.pid();
    if (pid === null) throw new Error(`board ${this.name} is off`);
    await writeFile(`/proc/${pid}/root/adb_keys`, publicKey);
  }

  /** Lays down what it feels (`{}` lets it go its own way again); seen on the board when this settles. */
  async set(control: Control): Promise<void> {
    await this.#alone(async () => {
      await writeBoardFiles(this.folder, { 'control.json': JSON.stringify(control) }, 'all');
      await this.#step(0, 0);
    });
  }

  /** Lets time pass for it in this process, ten times a second, in place of the lab's weather: at the load (0 to 1) that is told. Leaving the scope ends that. */
  async ownWeather(load: () => number): Promise<{ readonly laidOn: readonly LaidOn[] } & AsyncDisposable> {
    await writeFile(join(this.folder, OWN_WEATHER), '');
    const laidOn: LaidOn[] = [];
    const ended = new AbortController();
    let beforeNs = Number(process.hrtime.bigint());
    const passing = (async () => {
      while (!ended.signal.aborted) {
        const nowNs = Number(process.hrtime.bigint());
        await this.advance(load(), (nowNs - beforeNs) / 1e9);
        beforeNs = nowNs;
        laidOn.push({ timeNs: nowNs, microjoules: (await readJson<BoardState>(join(this.folder, 'state.json'), AT_REST)).boardUj });
        await sleep(OWN_TICK_MS, undefined, { signal: ended.signal }).catch(() => {});
      }
    })();
    return {
      laidOn,
      [Symbol.asyncDispose]: async () => {
        ended.abort();
        await passing;
        await rm(join(this.folder, OWN_WEATHER), { force: true });
      },
    };
  }

  /** One step of its physics. */
  async advance(load: number, seconds: number): Promise<void> {
    await this.#alone(() => this.#step(load, seconds));
  }

  /** The weather's process and a test's never write at one time: a step that began before the test laid something down would undo it. */
  async #alone(what: () => Promise<void>): Promise<void> {
    await locked(join(this.folder, 'lock'), what);
  }

  async #step(load: number, seconds: number): Promise<void> {
    const control = await readJson<Control>(join(this.folder, 'control.json'), {});
    const state = step(await readJson<BoardState>(join(this.folder, 'state.json'), AT_REST), load, seconds, control);
    await writeBoardFiles(this.folder, { 'state.json': JSON.stringify(state), ...KINDS[this.kind].changing(state) }, 'existing');
  }

  /** Every process on it, as this machine counts, its own daemons among them. */
  async processes(): Promise<readonly { readonly pid: number; readonly command: string }[]> {
    const pid = await this.pid();
    if (pid === null) return [];
    const space = await readlinkOf(`/proc/${pid}/ns/pid`);
    const found: { pid: number; command: string }[] = [];
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name) || (await readlinkOf(`/proc/${name}/ns/pid`)) !== space) continue;
      const command = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
      if (command !== '') found.push({ pid: Number(name), command });
    }
    return found;
  }

  /** A path on it, as this machine sees it while it is on. */
  async hostPath(path: string): Promise<string> {
    return join('/proc', String(await this.pid()), 'root', path);
  }

  /** Off, and nothing of it left. */
  async remove(): Promise<void> {
    if (KINDS[this.kind].reach === 'adb') await askAdb(this.#record.adbPort, `host:disconnect:${this.adbAddress.serial}`).catch(() => '');
    await this.stop();
    await dropNetwork(this.#record.network);
    // The weather leaves a board without a record alone; what it was just writing may still come.
    await rm(join(this.folder, 'board.json'), { force: true });
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  /** Whole or not there: other processes read it at any time. */
  async #keep(): Promise<void> {
    await writeBoardFiles(this.folder, { 'board.json': JSON.stringify(this.#record) }, 'all');
  }

  async #describe(): Promise<void> {
    const kind = KINDS[this.kind];
    await writeBoardFiles(this.folder, { ...kind.fixed(this.serial), ...kind.changing(AT_REST) }, 'all');
  }

  #daemons(preloaded: boolean): readonly string[] {
    const kind = KINDS[this.kind];
    if (kind.reach === 'ssh') return ['/usr/sbin/sshd -D -e -f /lab/sshd_inner_config', '/usr/sbin/sshd -D -e -f /lab/sshd_config'];
    const words = preloaded ? ['env', 'LD_PRELOAD=/lab/properties.so', `PROP_ro_product_model=${shellQuoted(kind.model)}`, `PROP_ro_product_name=lab_${this.kind}`, `PROP_ro_product_device=lab_${this.kind}`] : [];
    return [[...words, '/usr/sbin/adbd'].join(' ')];
  }

  async #answering(child: ChildProcess): Promise<number> {
    const ended = once(child, 'exit');
    const port = KINDS[this.kind].reach === 'ssh' ? SSH_PORT : ADB_PORT;
    for (let waited = 0; waited < START_MS; waited += LOOK_MS) {
      const pid = await this.pid();
      if (pid !== null && (await isListening(pid, port))) return pid;
      if (await Promise.race([ended.then(() => true), sleep(LOOK_MS, false)])) break;
    }
    child.kill('SIGKILL');
    throw new Error(`board ${this.name} does not come up; its log says:\n${(await readFile(join(this.folder, 'log'), 'utf8')).slice(-2000)}`);
  }

  async #daemonPid(init: number): Promise<number> {
    const children = (await readFile(`/proc/${init}/task/${init}/children`, 'utf8')).trim().split(' ').map(Number);
    for (const pid of children) if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'adbd') return pid;
    throw new Error(`board ${this.name} has no adbd`);
  }
}

async function isListening(pid: number, port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  // Column 4 of /proc/net/tcp (proc(5)): 0A is LISTEN.
  const listening = new RegExp(`^\\s*\\d+: [0-9A-F]+:${hex} [0-9A-F:]+ 0A `, 'm');
  for (const table of ['tcp', 'tcp6']) if (listening.test(await readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => ''))) return true;
  return false;
}

async function readlinkOf(path: string): Promise<string | null> {
  return readlink(path).catch(() => null);
}

async function readJson<T>(path: string, otherwise: T): Promise<T> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? otherwise : (JSON.parse(text) as T);
}

function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
