import { randomBytes } from 'node:crypto';
import { shellWord } from '../domain/shell-word.ts';
import type { Channel, Link } from './channel.ts';
import { MarkedOutput } from './marked-output.ts';
import { TransportFault } from './transport-fault.ts';

/** Nothing that Paddock asks of a device's shell answers with more. */
const MOST_BYTES = 1 << 20;
/** Lines that a login shell prints of its own accord, at most. */
export const MOST_BANNER_BYTES = 1 << 16;

/** A cut cable, most often; an account without a shell ends so too. */
export const SILENT_END = 'the connection ended before the device\'s shell said anything; is its cable out, or has this account no shell?';

/** A word that no program prints by chance. */
export function newMark(): string {
  return `paddock-${randomBytes(12).toString('hex')}`;
}

/** The command line that runs a script with these arguments, which reach it as they are. */
export function scriptCommand(script: string, args: readonly string[]): string {
  return ['exec', 'sh', '-c', script, 'paddock', ...args].map((word) => shellWord(word)).join(' ');
}

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Until the answer; with `input`, from its last line on. */
  readonly timeoutMs: number;
  /** Lines for the script's input. */
  readonly input?: AsyncIterable<string>;
}

/** Runs a short script on the device and gives the lines that it prints. Throws TransportFault: `timeout`, `garbage` when what answers is no POSIX shell, `lost`. */
export async function askDevice(link: Link, script: string, args: readonly string[], { signal: outer, timeoutMs, input }: AskOptions): Promise<readonly string[]> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new TransportFault('timeout', link.name, `the device's shell did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
  const signal = AbortSignal.any([outer, limit.signal]);
  try {
    const mark = newMark();
    // By echo, as Android's shell has no printf of its own: it would be two more programs to start.
    const channel = await link.open(scriptCommand(`echo "$1 begin"; m=$1; shift; (${script}\n); echo "$m end"`, [mark, ...args]), signal);
    if (input === undefined) channel.end();
    else void writeLines(channel, input, () => timer.refresh());
    return await readAnswer(channel, mark, link.name, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Goes on until the input ends or nobody reads it any more; what came of that, the answer tells. */
async function writeLines(channel: Channel, input: AsyncIterable<string>, onLine: () => void): Promise<void> {
  try {
    for await (const line of input) {
      await channel.write(Buffer.from(`${line}\n`));
      onLine();
    }
  } catch {
    // The channel was closed.
  }
  channel.end();
}

async function readAnswer(channel: Channel, mark: string, device: string, signal: AbortSignal): Promise<readonly string[]> {
  const onAbort = (): void => channel.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  const words: string[] = [];
  const output = new MarkedOutput(mark, (text) => words.push(text));
  const chunks: Buffer[] = [];
  let bytes = 0;
  const errors = tail(channel.stderr);
  try {
    signal.throwIfAborted();
    for await (const chunk of channel.stdout) {
      const own = output.push(chunk);
      chunks.push(own);
      bytes += own.length;
      if (bytes > MOST_BYTES || output.skippedBytes > MOST_BANNER_BYTES) throw new TransportFault('garbage', device, 'the device answers without end where a few lines were asked for');
      if (words.includes('end')) break;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    channel.destroy();
  }
  if (signal.aborted) throw signal.reason;
  if (!words.includes('end')) {
    const said = (await errors).trim();
    if (!output.begun && output.skippedBytes === 0 && bytes === 0 && said === '') throw new TransportFault('lost', device, SILENT_END);
    if (!output.begun) throw new TransportFault('garbage', device, `what answers is no POSIX shell, or was cut off${said === '' ? '' : `: ${JSON.stringify(said.slice(-300))}`}`);
    throw new TransportFault('lost', device, 'the connection ended in the middle of an answer');
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return text.split('\n').filter((line) => line !== '');
}

async function tail(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let kept = Buffer.alloc(0);
  try {
    for await (const chunk of stream) kept = Buffer.concat([kept, chunk]).subarray(-4096);
  } catch {
    // A stream that breaks has said what it had to say.
  }
  return kept.toString('utf8');
}
