import { randomBytes } from 'node:crypto';
import { MOST_BANNER_BYTES, scriptCommand, SILENT_END } from './ask-device.ts';
import type { Channel, Link } from './channel.ts';
import { IDENTITY, SESSION } from './device-scripts.ts';
import { LineReader } from './line-reader.ts';
import type { ProcessKeeper } from './remote-process.ts';
import type { DeviceIdentity } from './transport.ts';
import { TransportFault } from './transport-fault.ts';
import { untilAborted } from './until-aborted.ts';

/** Often enough to notice a cut cable within half a minute at both ends, seldom enough to cost the device nothing that shows (some 0.2 ms each). */
const BEAT_MS = 5000;
/** A device that is silent for so long is taken as lost. */
const SILENCE_MS = 20_000;
/** The same on the device's side: between one and two of these after the last beat, it ends what runs there. */
const PATIENCE_SECONDS = 20;
const OPEN_MS = 30_000;
/** Ending what runs and removing a folder takes a moment. */
const CLOSE_MS = 10_000;

/** A stay on a device: while it lasts, a small script there guards what was started, and ends it when this side is gone. */
export class Session implements ProcessKeeper {
  readonly id: string;
  readonly device: string;
  readonly identity: DeviceIdentity;
  /** Paddock's folder on the device. */
  readonly root: string;
  readonly lost: AbortSignal;
  readonly #channel: Channel;
  readonly #lost = new AbortController();
  readonly #beat: NodeJS.Timeout;
  #heardAt = performance.now();
  #closing = false;

  private constructor(link: Link, id: string, opened: { readonly channel: Channel; readonly lines: LineReader; readonly identity: DeviceIdentity; readonly root: string }) {
    this.id = id;
    this.device = link.name;
    this.identity = opened.identity;
    this.root = opened.root;
    this.lost = this.#lost.signal;
    this.#channel = opened.channel;
    this.#beat = setInterval(() => this.#tick(), BEAT_MS);
    this.#beat.unref();
    void this.#listen(opened.lines);
  }

  /** The session's own folder on the device. */
  get folder(): string {
    return `${this.root}/session/${this.id}`;
  }

  /** Opens one. Throws TransportFault, or the signal's reason. `remoteFolder`: Paddock's folder, where it is not to be looked for. */
  static async open(link: Link, remoteFolder: string | undefined, signal: AbortSignal): Promise<Session> {
    const id = randomBytes(8).toString('hex');
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new TransportFault('timeout', link.name, `the device did not answer within ${OPEN_MS / 1000} s`)), OPEN_MS);
    const either = AbortSignal.any([signal, limit.signal]);
    let channel: Channel | null = null;
    const onAbort = (): void => channel?.destroy();
    either.addEventListener('abort', onAbort, { once: true });
    try {
      channel = await link.open(scriptCommand(`echo "paddock $1"\n${IDENTITY}${SESSION}`, [id, String(PATIENCE_SECONDS), remoteFolder ?? '']), either);
      // From the first byte on: of a channel of adb's, what nobody reads of one stream holds up the other.
      void drain(channel.stderr);
      const lines = new LineReader(channel.stdout, MOST_BANNER_BYTES);
      const told = await untilAborted(readOpening(lines, id, link.name), either);
      either.throwIfAborted();
      // A line can't tell a folder whose name has a line end in it; the one that was asked for is known here.
      const root = told.has('root') ? (remoteFolder ?? told.get('root')) : undefined;
      if (root === undefined) {
        throw new TransportFault('refused', link.name, `there is no folder on the device that can be written to and started from${remoteFolder === undefined ? '; name one' : `: ${JSON.stringify(remoteFolder)} is not one`}`);
      }
      const identity = readIdentity(told, link.fallbackId);
      return new Session(link, id, { channel, lines, identity, root });
    } catch (error) {
      channel?.destroy();
      throw either.aborted ? either.reason : error;
    } finally {
      clearTimeout(timer);
      either.removeEventListener('abort', onAbort);
    }
  }

  async signalGroup(pid: number, signal: 'term' | 'kill'): Promise<void> {
    await this.#channel.write(Buffer.from(`${signal} ${pid}\n`));
  }

  /** Ends what was started in it. */
  async close(): Promise<void> {
    clearInterval(this.#beat);
    if (!this.lost.aborted) {
      // The script says nothing more and goes; that ends its output.
      this.#closing = true;
      this.#channel.end();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_MS);
        this.lost.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        }, { once: true });
      });
    }
    this.#channel.destroy();
  }

  #tick(): void {
    if (performance.now() - this.#heardAt > SILENCE_MS) {
      this.#lose(new TransportFault('lost', this.device, `the device has been silent for ${SILENCE_MS / 1000} s; is its cable out?`));
      return;
    }
    this.#channel.write(Buffer.from('beat 0\n')).catch((error: unknown) => this.#lose(new TransportFault('lost', this.device, 'the connection broke', error)));
  }

  async #listen(lines: LineReader): Promise<void> {
    try {
      for (let line = await lines.next(); line !== null; line = await lines.next()) this.#heardAt = performance.now();
      this.#lose(new TransportFault('lost', this.device, this.#closing ? 'the transport was closed' : 'the connection ended; is its cable out?'));
    } catch (error) {
      this.#lose(new TransportFault('lost', this.device, 'the connection broke', error));
    }
  }

  #lose(fault: TransportFault): void {
    clearInterval(this.#beat);
    this.#lost.abort(fault);
    this.#channel.destroy();
  }
}

async function drain(stream: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of stream) void chunk;
  } catch {
    // The other stream of the channel tells that it broke.
  }
}

async function readOpening(lines: LineReader, id: string, device: string): Promise<ReadonlyMap<string, string>> {
  const told = new Map<string, string>();
  let begun = false;
  for (let line = await lines.next(); line !== null; line = await lines.next()) {
    if (!begun) begun = line === `paddock ${id}`;
    else if (line === 'ready' || line.startsWith('fail ')) return told;
    else {
      const at = line.indexOf(' ');
      told.set(line.slice(0, at), line.slice(at + 1));
    }
  }
  // What was cut off is a device that went; only one that says something else is no shell.
  if (begun) throw new TransportFault('lost', device, 'the connection ended before the device was ready');
  throw lines.silent ? new TransportFault('lost', device, SILENT_END) : new TransportFault('garbage', device, 'what answers is no POSIX shell');
}

/** What the IDENTITY script told. */
export function readIdentity(told: ReadonlyMap<string, string>, fallbackId: string): DeviceIdentity {
  const unit = told.get('unit') ?? '';
  const boot = told.get('boot') ?? '';
  return { id: unit === '' ? fallbackId : unit, bootId: boot === '' ? null : boot };
}
