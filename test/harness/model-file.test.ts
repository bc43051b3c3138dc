import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ModelFileError, resolveModelFile, type ModelFileContext } from '../../src/harness/model-file.ts';

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) & 0xff));
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

let folder: string;
let server: Server | null;
let requests: IncomingMessage[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "paddock model 'file' "));
  server = null;
  requests = [];
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void): Promise<string> {
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/model.onnx`;
}

/** As a file server does: whole, or from where the range says. */
function sendFile(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= CONTENT.length) response.writeHead(416).end();
  else response.writeHead(from > 0 ? 206 : 200, { 'content-length': CONTENT.length - from }).end(CONTENT.subarray(from));
}

/** Settles when so much of a download is on the disk. */
async function kept(bytes: number): Promise<void> {
  const models = join(folder, 'cache', 'models');
  await expect.poll(() => (existsSync(models) ? readdirSync(models) : []).map((name) => statSync(join(models, name)).size)).toContain(bytes);
}

function context(more: Partial<ModelFileContext> = {}): ModelFileContext {
  return { suiteFolder: folder, installFolder: folder, cacheFolder: join(folder, 'cache'), signal: AbortSignal.timeout(240_000), ...more };
}

const variant = (file: string, sha256?: string) => ({ id: 'v', file, precision: 'fp32' as const, ...(sha256 === undefined ? {} : { sha256 }) });

async function faultOf(file: string, sha256?: string, more: Partial<ModelFileContext> = {}): Promise<ModelFileError> {
  const outcome = await resolveModelFile(variant(file, sha256), context(more)).catch((error: unknown) => error);
  if (outcome instanceof ModelFileError) return outcome;
  throw new Error(`expected a ModelFileError, got ${String(outcome)}`);
}

test('a download is kept under its hash, and made once', async () => {
  const url = await serve(sendFile);
  const seen: number[] = [];
  const first = await resolveModelFile(variant(url, SHA256), context({ onProgress: (_, bytes) => seen.push(bytes) }));
  expect(first).toMatchObject({ sha256: SHA256, bytes: CONTENT.length, source: url });
  expect(readFileSync(first.path)).toEqual(CONTENT);
  expect(seen.at(-1)).toBe(CONTENT.length);
  await resolveModelFile(variant(url, SHA256), context());
  expect(requests).toHaveLength(1);
});

test('a connection that is cut is taken up where it broke', async () => {
  const url = await serve((request, response, count) => {
    if (count > 1) {
      sendFile(request, response);
      return;
    }
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.write(CONTENT.subarray(0, 100_000));
    void kept(100_000).then(() => response.destroy());
  });
  const file = await resolveModelFile(variant(url, SHA256), context());
  expect(readFileSync(file.path)).toEqual(CONTENT);
  expect(requests.map((request) => request.headers.range)).toEqual([undefined, 'bytes=100000-']);
});

test('what came before an interruption is resumed by the next run', async () => {
  const url = await serve((request, response, count) => {
    if (count > 1) {
      sendFile(request, response);
      return;
    }
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.write(CONTENT.subarray(0, 100_000));
  });
  const controller = new AbortController();
  const cut = resolveModelFile(variant(url, SHA256), context({ signal: controller.signal }));
  void kept(100_000).then(() => controller.abort(new Error('stop')));
  await expect(cut).rejects.toThrow('stop');
  await resolveModelFile(variant(url, SHA256), context());
  expect(requests[1]?.headers.range).toBe('bytes=100000-');
});

test('a server that knows no ranges sends all again, and nothing is doubled', async () => {
  const url = await serve((_, response, count) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    if (count > 1) response.end(CONTENT);
    else {
      response.write(CONTENT.subarray(0, 100_000));
      void kept(100_000).then(() => response.destroy());
    }
  });
  expect(readFileSync((await resolveModelFile(variant(url, SHA256), context())).path)).toEqual(CONTENT);
});

test('a download with another hash is dropped, and not taken up again', async () => {
  const url = await serve((_, response) => response.end('something else'));
  const fault = await faultOf(url, SHA256);
  expect(fault.kind).toBe('hash-mismatch');
  expect(fault.message).toMatch(new RegExp(`the suite says ${SHA256}.*Check the file's publisher`));
  expect(readdirSync(join(folder, 'cache', 'models'))).toEqual([]);
});

test('404: said with the address and the status', async () => {
  const url = await serve((_, response) => response.writeHead(404).end('no such file'));
  const fault = await faultOf(url, SHA256);
  expect(fault).toMatchObject({ kind: 'download-failed', message: expect.stringMatching(/127\.0\.0\.1.*answered 404/) });
  // Asking again changes nothing.
  expect(requests).toHaveLength(1);
});

test('a server that stops sending is given up, not waited for', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': CONTENT.length });
    response.write(CONTENT.subarray(0, 1000));
  });
  const fault = await faultOf(url, SHA256, { stallMs: 300 });
  expect(fault).toMatchObject({ kind: 'download-failed', message: expect.stringMatching(/nothing came for 0\.3 s/) });
});

test('nobody listens', async () => {
  const url = await serve(sendFile);
  server?.close();
  expect(await faultOf(url, SHA256)).toMatchObject({ kind: 'download-failed', message: expect.stringMatching(/ECONNREFUSED/) });
});

test('http to another machine is refused before it is tried', async () => {
  expect(await faultOf('http://192.0.2.1/m.onnx', SHA256)).toMatchObject({ kind: 'download-failed', message: expect.stringMatching(/only https/) });
});

test('a cache that can not be written is a fault of the download', async () => {
  const url = await serve(sendFile);
  writeFileSync(join(folder, 'cache'), 'a file');
  expect(await faultOf(url, SHA256)).toMatchObject({ kind: 'download-failed', message: expect.stringMatching(/cache/) });
});

function makePackage(name: string): string {
  const root = join(folder, 'node_modules', name);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, '..model.onnx'), CONTENT);
  return root;
}

test('a file of an installed package, scoped or not', async () => {
  for (const name of ['some-models', '@scope/models']) {
    makePackage(name);
    expect((await resolveModelFile(variant(`npm:${name}/..model.onnx`), context())).sha256).toBe(SHA256);
  }
});

test.each(['npm:some-models/../../secret.onnx', 'npm:../secret.onnx', 'npm:some-models/a/../../../secret.onnx', 'npm:@scope/../secret.onnx', 'npm:some-models/link.onnx'])('%s leads outside the package and is refused', async (source) => {
  writeFileSync(join(folder, 'secret.onnx'), CONTENT);
  symlinkSync(join(folder, 'secret.onnx'), join(makePackage('some-models'), 'link.onnx'));
  expect((await faultOf(source)).kind).toBe('outside-package');
});

test('what a killed process had fetched is resumed', async () => {
  const url = await serve(sendFile);
  mkdirSync(join(folder, 'cache', 'models'), { recursive: true });
  const { pid } = spawnSync('true');
  writeFileSync(join(folder, 'cache', 'models', `${SHA256}.${pid}.part`), CONTENT.subarray(0, 100_000));
  expect(await resolveModelFile(variant(url, SHA256), context())).toMatchObject({ sha256: SHA256, bytes: CONTENT.length });
  expect(requests.map((request) => request.headers.range)).toEqual(['bytes=100000-']);
  expect(readdirSync(join(folder, 'cache', 'models'))).toEqual([SHA256]);
});
