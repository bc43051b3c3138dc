import type { PieceName, SiteDirectory, SiteOverview, SitePieces } from '../../src/site/data.ts';

declare global {
  interface Window {
    /** What the data files call. */
    paddockData: (name: string, json: string) => void;
  }
}

/** A file of this page's own publication is gone: a newer one has taken its place. */
export class OutdatedPageError extends Error {
  override readonly name = 'OutdatedPageError';
}

const arrived = new Map<string, PromiseWithResolvers<unknown>>();

/** Known before any file comes: `Promise.withResolvers` is younger than the browsers that this page is for. */
function entry(name: string): PromiseWithResolvers<unknown> {
  const known = arrived.get(name);
  if (known !== undefined) return known;
  let resolve: (value: unknown) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<unknown>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  const made = { promise, resolve, reject };
  arrived.set(name, made);
  return made;
}

/** Receives data files: those that the page names itself, and those loaded on demand. */
export function listen(): void {
  window.paddockData = (name, json) => { entry(name).resolve(JSON.parse(json)); };
}

export function overview(): Promise<SiteOverview> {
  return entry('overview').promise as Promise<SiteOverview>;
}

export function directory(): Promise<SiteDirectory> {
  return entry('directory').promise as Promise<SiteDirectory>;
}

const asked = new Set<string>();

/** A piece of data; null when this publication has none of that name. A script, because a page from a folder may load nothing else. Throws OutdatedPageError. */
export async function piece<Name extends PieceName>(name: Name): Promise<SitePieces[Name] | null> {
  const file = (await directory())[name];
  if (file === undefined) return null;
  const { promise, reject } = entry(name);
  if (!asked.has(name)) {
    asked.add(name);
    const script = document.createElement('script');
    script.src = file;
    script.addEventListener('error', () => { reject(new OutdatedPageError(`${file} is gone`)); });
    document.head.append(script);
  }
  return promise as Promise<SitePieces[Name]>;
}

export function unpackFloats(text: string): Float32Array {
  const binary = atob(text);
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
