import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Arrival } from './arrival.ts';
import { askDevice } from './ask-device.ts';
import type { Link } from './channel.ts';
import { FREE, MOVE, RECEIVE, REMOVE } from './device-scripts.ts';
import { TransportFault } from './transport-fault.ts';
import type { OnProgress } from './transport.ts';

export interface VerifiedSend {
  readonly localPath: string;
  /** Where it goes. */
  readonly remotePath: string;
  /** Where it is until it was found right; on the same file system. */
  readonly part: string;
  readonly sha256: string;
  /** The folder of the session whose guard ends the check on the device when this side is gone. */
  readonly sessionFolder: string;
  readonly mode: number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly onSent: (bytes: number) => void;
}

/** Hashing a file of some gigabytes on a small board. */
const VERIFY_MS = 600_000;
/** For tidying up when something went wrong; what can't be removed now goes with the session's folder. */
const TIDY_MS = 10_000;

/**
 * Sends a file, has its SHA-256 taken on the device from what is in the file there (or reads it back where the device can't), and puts it in its place by a rename. Half a file is never left. The device
 * hashes while the file arrives: taken afterwards, the digest made a push of 128 MiB to an adb board last half as long again.
 */
export async function sendVerified(link: Link, { localPath, remotePath, part, sha256, sessionFolder, mode, signal, onProgress, onSent }: VerifiedSend): Promise<void> {
  const { size } = await stat(localPath);
  const arrival = new Arrival(size);
  const stop = new AbortController();
  const verdict = askDevice(link, RECEIVE, [sessionFolder, part, remotePath, sha256, String(size)], { signal: AbortSignal.any([signal, stop.signal]), timeoutMs: VERIFY_MS, input: arrival.words() });
  // Looked at when the file is sent: of a connection that breaks, the sending says best how.
  verdict.catch(() => {});
  try {
    let reported = 0;
    await link.send(localPath, part, {
      signal,
      mode,
      totalBytes: size,
      onProgress: (bytes, total) => {
        onSent(bytes - reported);
        reported = bytes;
        arrival.progress(bytes);
        onProgress(bytes, total);
      },
    });
    onSent(size - reported);
    arrival.publish();
  } catch (error) {
    arrival.end();
    stop.abort(error);
    throw await tidyAfter(link, part, size, signal, error);
  }
  let said = (await verdict)[0];
  if (said === 'unverified') {
    const hash = createHash('sha256');
    for await (const chunk of link.fetch(part, { signal, maxBytes: size, onProgress: () => {} })) hash.update(chunk);
    const right = hash.digest('hex') === sha256;
    said = right ? (await askDevice(link, MOVE, [part, remotePath], { signal, timeoutMs: VERIFY_MS }))[0] : 'corrupt';
    if (!right) await askDevice(link, REMOVE, [part], { signal, timeoutMs: TIDY_MS });
  }
  if (said === 'done') return;
  if (said === undefined) throw new TransportFault('lost', link.name, 'the device has ended this session, as it heard nothing for a while');
  if (said === 'corrupt') throw new TransportFault('corrupt', link.name, `what arrived of ${JSON.stringify(localPath)} is not what was sent, or the file has changed since its digest was taken`);
  throw new TransportFault('refused', link.name, `${JSON.stringify(remotePath)} can't be put in its place on the device`);
}

/** Removes what is left of a failed send and gives the error to throw: a full disk by that name, as some servers call it only a failure. */
async function tidyAfter(link: Link, part: string, size: number, signal: AbortSignal, error: unknown): Promise<unknown> {
  const gone = error instanceof TransportFault && (error.kind === 'gone' || error.kind === 'offline' || error.kind === 'server' || error.kind === 'unreachable');
  // An abort by the caller is no reason to leave half a file there.
  const tidy = { signal: signal.aborted ? AbortSignal.timeout(TIDY_MS) : signal, timeoutMs: TIDY_MS };
  if (gone) return error;
  try {
    const folder = part.slice(0, part.lastIndexOf('/')) || '/';
    const [free] = await askDevice(link, FREE, [folder], tidy);
    await askDevice(link, REMOVE, [part], tidy);
    // sftp has no code of its own for a full disk: its "Failure" comes here as a connection that broke.
    if (error instanceof TransportFault && error.kind === 'lost' && free !== undefined && Number(free) < size && !signal.aborted) {
      return new TransportFault('device-full', link.name, `no room for ${size} bytes in ${folder}: ${free} are free`, error);
    }
  } catch {
    // The device went meanwhile; the first error is the one to tell.
  }
  return error;
}
