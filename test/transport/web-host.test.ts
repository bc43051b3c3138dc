import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { CLOSE, SOCKET_PATH, SUBPROTOCOL, TOKEN_PREFIX } from '../../src/transport/page-socket.ts';
import { TransportFault } from '../../src/transport/transport-fault.ts';
import type { DeviceProcess } from '../../src/transport/transport.ts';
import { openWebHost, type PageVisit, type WebHost } from '../../src/transport/web-host.ts';

const { signal } = new AbortController();
let folder = '';
let host: WebHost;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-web-host-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'engine.wasm'), randomBytes(3_000_000));
  host = await openWebHost({ host: '127.0.0.1', port: 0, pageFolder: folder });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const admit = (connectTimeoutMs = 120_000): PageVisit => host.admit({ device: 'a browser', signal, connectTimeoutMs });
const tokenOf = (visit: PageVisit): string => visit.path.replace(/^\/#|\/[^/]*$/g, '');

/** As the page opens it. */
function open(token: string, { origin = host.origin, path = SOCKET_PATH, name }: { readonly origin?: string; readonly path?: string; readonly name?: string } = {}): WebSocket {
  const socket = new WebSocket(`${host.origin.replace('http', 'ws')}${path}`, [SUBPROTOCOL, `${TOKEN_PREFIX}${token}`], { origin, ...(name === undefined ? {} : { headers: { host: name } }) });
  socket.on('error', () => {});
  return socket;
}

function closeOf(socket: WebSocket): Promise<{ readonly code: number; readonly reason: string }> {
  return new Promise((resolve) => { socket.once('close', (code, reason) => { resolve({ code, reason: reason.toString() }); }); });
}

async function read(process: DeviceProcess): Promise<string> {
  let text = '';
  for await (const chunk of process.stdout) text += Buffer.from(chunk).toString('utf8');
  return text;
}

async function visited(): Promise<{ readonly visit: PageVisit; readonly socket: WebSocket; readonly process: DeviceProcess }> {
  const visit = admit();
  const socket = open(tokenOf(visit));
  await once(socket, 'open');
  return { visit, socket, process: await visit.connected };
}

describe('a page that connects', () => {
  test('is asked for a sign of life; one that gives none for long is lost, with what that may be, and one that does goes on', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const silent = admit();
      const socket = new WebSocket(`${host.origin.replace('http', 'ws')}${SOCKET_PATH}`, [SUBPROTOCOL, `${TOKEN_PREFIX}${tokenOf(silent)}`], { origin: host.origin, autoPong: false });
      socket.on('error', () => {});
      await once(socket, 'open');
      const lost = await silent.connected;
      const { process: alive, socket: answering } = await visited();
      const heard = alive.stdout[Symbol.asyncIterator]();
      for (let seconds = 0; seconds < 30; seconds += 5) {
        const asked = [once(answering, 'ping'), ...(seconds < 20 ? [once(socket, 'ping')] : [])];
        vi.advanceTimersByTime(5000);
        await Promise.all(asked);
        // Its answer has come when what it says next has.
        answering.send('here\n');
        expect(Buffer.from((await heard.next()).value as Uint8Array).toString()).toBe('here\n');
      }
      expect((await lost.exited).lost).toMatchObject({ kind: 'timeout', message: expect.stringMatching(/answered no ping for 20 s: its device sleeps, or the network is cut/) as string });
      await alive.kill();
      expect((await alive.exited).lost).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  test('is a process: lines go both ways, and its close after the work is exit code 0', async () => {
    const { socket, process } = await visited();
    const heard: string[] = [];
    socket.on('message', (data: Buffer) => heard.push(data.toString()));
    await process.write('{"op":"bye"}\n');
    await expect.poll(() => heard).toEqual(['{"op":"bye"}\n']);
    socket.send('{"event":"bye"}\n');
    socket.send('no newline');
    socket.close(CLOSE.done);
    expect(await read(process)).toBe('{"event":"bye"}\nno newline\n');
    expect(await process.exited).toEqual({ exitCode: 0, signal: null, killedFor: null });
    await expect(process.write('x')).rejects.toThrow(/left/);
    await process.kill();
  });

  test('is told to end: closed input is exit code 0, kill a signal, an abort its reason', async () => {
    const closed = await visited();
    closed.process.closeInput();
    expect(await closeOf(closed.socket)).toMatchObject({ code: CLOSE.inputClosed });
    expect(await closed.process.exited).toMatchObject({ exitCode: 0, killedFor: null });
    const killed = await visited();
    await killed.process.kill();
    expect(await killed.process.exited).toEqual({ exitCode: null, signal: 'SIGKILL', killedFor: null });
    const stop = new AbortController();
    const visit = host.admit({ device: 'a browser', signal: stop.signal, connectTimeoutMs: 120_000 });
    open(tokenOf(visit));
    const process = await visit.connected;
    stop.abort();
    expect(await process.exited).toMatchObject({ killedFor: 'abort' });
  });

  test('and does not answer the close is cut', async () => {
    const { socket, process } = await visited();
    socket.pause();
    await process.kill();
    expect(await process.exited).toMatchObject({ signal: 'SIGKILL' });
    socket.terminate();
  });

  test.each([
    ['cut', (socket: WebSocket) => { socket.terminate(); }, { kind: 'lost', message: /cut/ }],
    ['reloaded', (socket: WebSocket) => { socket.close(1001); }, { kind: 'lost', message: /left or reloaded/ }],
    ['sends what is no text', (socket: WebSocket) => { socket.send(Buffer.from([1])); }, { kind: 'garbage', message: /no text/ }],
    ['sends a line without end', (socket: WebSocket) => { socket.send('x'.repeat(65 * 2 ** 20)); }, { kind: 'garbage', message: /longer/ }],
    ['closes with a code of its own', (socket: WebSocket) => { socket.close(4321, 'because'); }, { kind: 'lost', message: /4321.*because/ }],
  ] as const)('and is %s is lost, in words', async (_, spoil, { kind, message }) => {
    const { socket, process } = await visited();
    spoil(socket);
    const { lost } = await process.exited;
    expect(lost).toMatchObject({ kind, device: 'a browser' });
    expect(lost?.message).toMatch(message);
  });

  test('and whose worker fell ended with exit code 1', async () => {
    const { socket, process } = await visited();
    socket.close(CLOSE.crashed, 'out of memory');
    expect(await process.exited).toMatchObject({ exitCode: 1 });
  });

  test('is lost for the reason that whoever holds the browser gives', async () => {
    const { visit, process } = await visited();
    const fault = new TransportFault('lost', 'a browser', 'the tab was killed');
    visit.lose(fault);
    expect((await process.exited).lost).toBe(fault);
  });
});

describe('a visit that no page makes', () => {
  test('ends in time, by the signal, or when it is called lost', async () => {
    await expect(admit(50).connected).rejects.toMatchObject({ name: 'TransportFault', kind: 'timeout' });
    const stop = new AbortController();
    const aborted = host.admit({ device: 'a browser', signal: stop.signal, connectTimeoutMs: 120_000 });
    stop.abort(new Error('stop'));
    await expect(aborted.connected).rejects.toThrow('stop');
    const lost = admit();
    lost.lose(new TransportFault('gone', 'a browser', 'no browser'));
    await expect(lost.connected).rejects.toMatchObject({ kind: 'gone' });
    const over = admit();
    await over[Symbol.asyncDispose]();
    expect(await closeOf(open(tokenOf(over)))).toMatchObject({ code: CLOSE.refused });
  });
});

describe('a client that was not admitted', () => {
  test('with a wrong or a used token is told so, and the first one goes on', async () => {
    const { visit, socket, process } = await visited();
    for (const token of [tokenOf(visit), 'wrong', `${tokenOf(visit)}x`]) expect(await closeOf(open(token))).toMatchObject({ code: CLOSE.refused, reason: expect.stringMatching(/token/) as string });
    socket.send('{}\n');
    socket.close(CLOSE.done);
    expect(await read(process)).toBe('{}\n');
    expect((await process.exited).lost).toBeUndefined();
  });

  test('is not listened to: what a stranger sends is not kept', async () => {
    const chunk = Buffer.alloc(2 ** 20, 0x78);
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    const look = setInterval(() => { peak = Math.max(peak, process.memoryUsage().arrayBuffers - before); }, 5);
    // Frames as a browser's, never the last one of their message, masked with zeros, so that the sender keeps one copy for all.
    const header = Buffer.from([0x01, 0xff, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0]);
    await Promise.all(Array.from({ length: 10 }, async () => {
      const socket = connect(host.port, '127.0.0.1').on('error', () => {}).on('data', () => {});
      // A write that meets the end is an error of the stranger's; `once` would reject for it.
      const closed = new Promise<void>((resolve) => { socket.once('close', () => { resolve(); }); });
      socket.write(`GET ${SOCKET_PATH} HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nOrigin: ${host.origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}, ${TOKEN_PREFIX}wrong\r\n\r\n`);
      socket.write(header);
      for (let i = 0; i < 32; i++) socket.write(chunk);
      await closed;
    }));
    clearInterval(look);
    expect(peak).toBeLessThan(150 * 2 ** 20);
  });

  test('of another origin, under another name, or elsewhere gets no WebSocket', async () => {
    const visit = admit();
    for (const how of [{ origin: 'http://evil.example' }, { origin: 'http://evil.example', name: 'evil.example' }, { path: '/' }]) expect((await closeOf(open(tokenOf(visit), how))).code).toBe(1006);
    const socket = open(tokenOf(visit));
    await visit.connected;
    socket.terminate();
  });
});

/** With headers that fetch does not let one set. */
async function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: Buffer }> {
  const asked = request(`${host.origin}${path}`, { headers, method });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number; headers: Record<string, unknown> }];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(Buffer.from(chunk));
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) };
}

describe('what is served', () => {
  test('the page is cross-origin isolated and may load nothing from elsewhere', async () => {
    const { status, headers } = await ask('/');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'content-type': 'text/html; charset=utf-8' });
    // Else it lives on in the browser's memory when it was left.
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  test('parts of the page are sent again only when they are others', async () => {
    const { headers, body } = await ask('/engine.wasm');
    expect(headers['content-type']).toBe('application/wasm');
    expect(body).toHaveLength(3_000_000);
    expect(await ask('/engine.wasm', { 'if-none-match': String(headers['etag']) })).toMatchObject({ status: 304, body: Buffer.alloc(0) });
  });

  test('a file that was offered, whole or a range of it, to whoever has its path', async () => {
    const bytes = randomBytes(1_000_000);
    const path = join(folder, 'model');
    writeFileSync(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const offered = host.offer(path, sha256);
    expect(offered.endsWith(`/${sha256}`)).toBe(true);
    expect(host.offer(path, sha256)).toBe(offered);
    expect((await ask(offered)).body.equals(bytes)).toBe(true);
    const part = await ask(offered, { range: 'bytes=10-19' });
    expect(part).toMatchObject({ status: 206, body: bytes.subarray(10, 20), headers: { 'content-range': 'bytes 10-19/1000000' } });
    expect((await ask(offered, { range: 'bytes=-5' })).body).toEqual(bytes.subarray(-5));
    expect((await ask(offered, { range: 'bytes=999990-' })).body).toEqual(bytes.subarray(-10));
    expect((await ask(offered, { range: 'bytes=2000000-' })).status).toBe(416);
    expect((await ask(offered, {}, 'HEAD'))).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    rmSync(path);
    expect((await ask(offered)).status).toBe(404);
    expect(() => host.offer(path, 'not a hash')).toThrow(/SHA-256/);
  });

  test('nothing else: no other path, name or method', async () => {
    for (const path of ['/model', '/../package.json', '/%2e%2e/package.json', '/files/', `/files/x/${'0'.repeat(64)}`, '/%ff']) expect((await ask(path)).status).toBe(404);
    expect((await ask('/', { host: 'evil.example' })).status).toBe(421);
    expect((await ask('/', {}, 'POST')).status).toBe(405);
  });
});
