import { messageOf } from '../protocol/refusal.ts';

/** A file could not be fetched; the message says which and why. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** A file that no tab can hold. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}

/** Both formats of models address 2 GiB (protobuf and FlatBuffers), and the memory of 32-bit WebAssembly, where a model stands beside its own copy, 4. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

const CACHE = 'paddock-files';
/** The host's paths end in the content's SHA-256; what stands before it is a secret of one session and no part of what is kept. */
const HASHED_PATH = /^\/files\/[^/]+\/([0-9a-f]{64})$/;

/** A file as messages name it: by its content, not by a path with a secret in it. */
export function fileLabel(path: string): string {
  const sha256 = HASHED_PATH.exec(path)?.[1];
  return sha256 === undefined ? path : `sha256 ${sha256.slice(0, 12)}…`;
}

/** Why a file that was fetched is not kept by the browser, by its hash. */
const passing = new Map<string, string>();

/** Why the browser does not keep a file that was fetched, in words: the next page fetches it again. Null for one that it keeps. */
export function whyNotKept(path: string): string | null {
  return passing.get(HASHED_PATH.exec(path)?.[1] ?? '') ?? null;
}

/**
 * A file of this page's origin, by its path: from the browser's cache where a file of that content is, else from the host, and then kept. Only a secure context
 * (https, or loopback) has a cache and can check the content; elsewhere the file is fetched each time. Throws FileError.
 */
export async function fetchFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const sha256 = HASHED_PATH.exec(path)?.[1];
  if (sha256 === undefined) throw new FileError(`${fileLabel(path)}: the host offers no such file`);
  if (!isSecureContext) {
    passing.set(sha256, 'a page that is not from loopback can keep nothing');
    return fetchFromHost(path);
  }
  const key = `/kept/${sha256}`;
  const kept = await caches.open(CACHE).catch(messageOf);
  const known = typeof kept === 'string' ? undefined : await kept.match(key).catch(toNothing);
  if (known !== undefined && typeof kept !== 'string') {
    const bytes = await known.arrayBuffer().then((buffer) => new Uint8Array(buffer), toNothing);
    if (bytes !== undefined && await isContent(bytes, sha256)) return bytes;
    await kept.delete(key).catch(toNothing);
  }
  const bytes = await fetchFromHost(path);
  if (!(await isContent(bytes, sha256))) throw new FileError(`${fileLabel(path)}: it did not arrive as it was sent`);
  const refusal = typeof kept === 'string' ? kept : await keep(kept, key, bytes);
  if (refusal === null) passing.delete(sha256);
  else passing.set(sha256, refusal);
  return bytes;
}

async function fetchFromHost(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // The browser's own store of answers would hold a second copy.
    const answer = await fetch(path, { cache: 'no-store', redirect: 'error' });
    const length = Number(answer.headers.get('Content-Length') ?? 0);
    if (length > MAX_FILE_BYTES) {
      await answer.body?.cancel();
      throw new FileTooLarge(`${fileLabel(path)} has ${length} bytes; a tab can hold ${MAX_FILE_BYTES}`);
    }
    if (!answer.ok) throw new Error(`the host answered ${answer.status} ${answer.statusText}`);
    return new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    if (error instanceof FileTooLarge || error instanceof RangeError) throw error;
    throw new FileError(`${fileLabel(path)}: ${messageOf(error)}`);
  }
}

async function isContent(bytes: Uint8Array<ArrayBuffer>, sha256: string): Promise<boolean> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sha256;
}

/** A cache that fails is as good as one that has nothing. */
function toNothing(): undefined {
  return undefined;
}

const MIB = 2 ** 20;

/** Beyond the browser's quota, what was kept longest makes room, twice as much at each try. Null when the file is kept, else why not: it is larger than the quota, which Chromium does not tell as it is (`navigator.storage.estimate`), or the cache fails. */
async function keep(kept: Cache, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  const put = (): Promise<string | null> => kept.put(key, new Response(bytes)).then(() => null, messageOf);
  let refusal = await put();
  const old = refusal === null ? [] : [...await kept.keys().catch(() => [])];
  for (let count = 1; refusal !== null && old.length > 0; count *= 2) {
    for (const each of old.splice(0, count)) await kept.delete(each).catch(toNothing);
    refusal = await put();
  }
  return refusal === null ? null : `${refusal.replace(/\.$/, '')} (the file has ${(bytes.length / MIB).toFixed(1)} MiB)`;
}
