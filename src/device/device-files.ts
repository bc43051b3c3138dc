import { TransportFault } from '../transport/transport-fault.ts';
import type { Transport } from '../transport/transport.ts';
import { linesOf } from './probe.ts';
import { DeviceReader, type ReaderAnswer } from './reader.ts';
import { SnapshotTree } from './snapshot-tree.ts';

/** Which files are read together. */
export type FileGroup = 'conditions' | 'power';

const GROUP_LETTERS: Readonly<Record<FileGroup, string>> = { conditions: 'c', power: 'p' };

/**
 * The files of a device, read by one process on it that is started when it is needed and again when it was lost (a device that is out of memory
 * ends it, too).
 */
export class DeviceFiles implements AsyncDisposable {
  readonly tree: SnapshotTree;
  readonly #transport: Transport;
  readonly root: string;
  readonly #closed = new AbortController();
  readonly #groups = new Map<FileGroup, readonly string[]>();
  #reader: DeviceReader | null = null;
  #starting: Promise<DeviceReader> | null = null;
  #uptimeNs = 0;
  #garbageLines = 0;

  constructor(transport: Transport, root: string) {
    this.#transport = transport;
    this.root = root;
    this.tree = new SnapshotTree(root);
  }

  /** Uptime at the last tick, ns. */
  get uptimeNs(): number {
    return this.#uptimeNs;
  }

  /** Lines so far that were none of the reader's. */
  get garbageLines(): number {
    return this.#garbageLines;
  }

  /** The reading process's id on the device; null while there is none, or where the transport can't tell. */
  get pid(): number | null {
    return this.#reader?.pid ?? null;
  }

  /** Asks with lines of the reader's language; files that come back are in the tree then. Tries once more with a new reader when the old one was lost. Throws TransportFault. */
  async ask(lines: readonly string[]): Promise<ReaderAnswer> {
    for (let attempt = 0; ; attempt++) {
      const reader = await this.#open();
      try {
        return this.#take(await reader.ask(lines));
      } catch (error) {
        await reader.close();
        if (this.#reader === reader) this.#reader = null;
        if (attempt > 0 || this.#closed.signal.aborted || !(error instanceof TransportFault) || error.kind === 'rebooted') throw error;
      }
    }
  }

  /** From now on `tick` reads these of the group. */
  async watch(group: FileGroup, paths: readonly string[]): Promise<void> {
    this.#groups.set(group, paths);
    await this.ask(keepLines(group, paths));
  }

  /** Reads the group's files, and does what else the lines ask. Throws TransportFault, also when the device has booted meanwhile. */
  async tick(group: FileGroup, more: readonly string[] = []): Promise<{ readonly timeNs: number; readonly outputs: readonly string[] }> {
    const answer = await this.ask([`tick ${GROUP_LETTERS[group]}`, ...more]);
    if (answer.uptimeNs === null) throw new TransportFault('garbage', this.#transport.name, 'it does not tell its uptime (/proc/uptime), so that nothing that it tells has a time');
    if (answer.uptimeNs < this.#uptimeNs) throw new TransportFault('rebooted', this.#transport.name, `it has booted meanwhile: its uptime went from ${seconds(this.#uptimeNs)} back to ${seconds(answer.uptimeNs)} s`);
    this.#uptimeNs = answer.uptimeNs;
    return { timeNs: answer.uptimeNs, outputs: answer.outputs };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    const reader = this.#reader ?? (await this.#starting?.catch(() => null)) ?? null;
    await reader?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): Promise<DeviceReader> {
    if (this.#reader !== null) return Promise.resolve(this.#reader);
    this.#starting ??= this.#start().finally(() => { this.#starting = null; });
    return this.#starting;
  }

  async #start(): Promise<DeviceReader> {
    const reader = await DeviceReader.start(this.#transport, { signal: this.#closed.signal, root: this.root });
    for (const [group, paths] of this.#groups) await reader.ask(keepLines(group, paths));
    this.#reader = reader;
    return reader;
  }

  #take(answer: ReaderAnswer): ReaderAnswer {
    this.tree.update(answer.files);
    this.#garbageLines += answer.garbageLines;
    return answer;
  }
}

function keepLines(group: FileGroup, paths: readonly string[]): readonly string[] {
  const letter = GROUP_LETTERS[group];
  return [`forget ${letter}`, ...paths.map((path) => `keep ${letter} ${linesOf(path)} ${path}`)];
}

function seconds(ns: number): string {
  return (ns / 1e9).toFixed(1);
}
