import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { fail } from './http-listener.ts';

const READ_BYTES = 1 << 20;

/** A part of a file, both ends included; `unsatisfiable` when it lies outside, null when the whole file is asked for (also by several ranges at once, as RFC 9110 14.2 allows). */
export function rangeOf(header: string | undefined, size: number): { readonly start: number; readonly end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (match === null || (from === '' && to === '')) return null;
  if (from === '') return Number(to) === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - Number(to)), end: size - 1 };
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return Number(from) < size && Number(from) <= end ? { start: Number(from), end } : 'unsatisfiable';
}

/** Streams a file, or the range of it that is asked for, as fast as the client reads. */
export async function serveFile(request: IncomingMessage, response: ServerResponse, path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const file = await open(path).catch(() => null);
  if (file === null) return fail(response, 404, 'the file is no longer there');
  try {
    const { size } = await file.stat();
    const range = rangeOf(request.headers.range, size);
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${size}`);
      return fail(response, 416, 'the range lies outside the file');
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    response.writeHead(range === null ? 200 : 206, {
      ...headers, 'Accept-Ranges': 'bytes', 'Content-Length': end - start + 1, ...(range === null ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === 'HEAD' || end < start) {
      response.end();
      return;
    }
    await pipeline(file.createReadStream({ start, end, highWaterMark: READ_BYTES, autoClose: false }), response);
  } finally {
    await file.close();
  }
}
