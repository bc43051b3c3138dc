import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PADDOCK } from '../cli/paddock.ts';
import { TINY_LAB, tinyStore } from './small.ts';
import { nightRunId, storeNight } from './synthetic.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as it is written, without what a browser's fetch mends. */
function ask(url: string, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => { body += text; }).on('end', () => { done({ status: response.statusCode ?? 0, headers: response.headers, body }); });
    }).on('error', fail).end();
  });
}

class Served implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
  readonly #output: { text: string };

  private constructor(child: ChildProcess, url: string, output: { text: string }) {
    this.child = child;
    this.url = url;
    this.#output = output;
  }

  static async start(folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Served> {
    const child = spawn(process.execPath, [PADDOCK, 'serve', '--db', join(folder, 'store.sqlite'), '--out', join(folder, 'site'), '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const output = { text: '' };
    child.stderr.setEncoding('utf8').on('data', (text: string) => { output.text += text; });
    const url = await new Promise<string>((done, fail) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output.text += text;
        const found = /http:\/\/\S+/.exec(output.text)?.[0];
        if (found !== undefined) done(found);
      });
      child.once('exit', (code) => { fail(new Error(`ended with ${code}: ${output.text}`)); });
    });
    return new Served(child, url, output);
  }

  get output(): string {
    return this.#output.text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = new Promise((done) => { this.child.once('exit', done); });
    this.child.kill('SIGKILL');
    await gone;
  }
}

describe('paddock serve', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paddock-serve-'));
    tinyStore(join(folder, 'store.sqlite'), { nights: 9 });
  });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

  test('shows the site on loopback, with safe headers, to GET only, and nothing besides', async () => {
    await using served = await Served.start(folder, []);
    const index = await ask(served.url, '/');
    expect(index.status).toBe(200);
    expect(index.headers['content-security-policy']).toContain("default-src 'none'");
    expect(index.headers['x-content-type-options']).toBe('nosniff');
    expect(index.headers['x-frame-options']).toBe('DENY');
    expect(index.headers['access-control-allow-origin']).toBeUndefined();
    const overview = /data\/overview-[0-9a-f]+\.js/.exec(index.body)?.[0] ?? '';
    expect((await ask(served.url, `/${overview}`)).body).toMatch(/^paddockData\('overview'/);
    for (const path of ['/paddock-site.json', '/../store.sqlite', '/data/../paddock-site.json', '/data/..%2fpaddock-site.json', '/%2e%2e/store.sqlite', '/data/%00', '//etc/passwd', '/data/', '/.paddock-site.lock', '/%ZZ', '/data\\..\\paddock-site.json']) {
      expect((await ask(served.url, path)).status, path).toBe(404);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await ask(served.url, '/', {}, method)).status, method).toBe(405);
    expect((await ask(served.url, '/', {}, 'HEAD')).body).toBe('');
    // Another name for this address is another site's page reading along.
    expect((await ask(served.url, '/', { host: 'evil.example' })).status).toBe(421);
    expect((await ask(served.url, '/', { host: 'localhost:1234' })).status).toBe(200);
  });

  test('a new night is there without a restart; Ctrl-C ends it', async () => {
    await using served = await Served.start(folder, []);
    const before = (await ask(served.url, '/')).body;
    storeNight(join(folder, 'store.sqlite'), TINY_LAB, 9);
    await expect.poll(async () => (await ask(served.url, '/')).body, { interval: 100 }).not.toBe(before);
    const after = (await ask(served.url, '/')).body;
    const overview = /data\/overview-[0-9a-f]+\.js/.exec(after)?.[0] ?? '';
    expect((await ask(served.url, `/${overview}`)).body).toContain(nightRunId(TINY_LAB, 9));
    const ended = new Promise((done) => { served.child.once('exit', done); });
    served.child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  test('for other addresses a token is needed, asked for, and never printed', async () => {
    await expect(Served.start(folder, ['--host', '0.0.0.0'])).rejects.toThrow(/ended with 2: .*so a token is needed/s);
    await expect(Served.start(folder, ['--host', '0.0.0.0', '--token', 'secret'])).rejects.toThrow(/ended with 2: .*write env:NAME or file:PATH/s);
    await expect(Served.start(folder, ['--host', '0.0.0.0', '--token', 'env:SHORT'], { SHORT: 'abc' })).rejects.toThrow(/ended with 2: .*fewer than 16 characters/s);
    const token = 'f3c9a1d27b5e4c60';
    writeFileSync(join(folder, 'token'), `${token}\n`);
    await using served = await Served.start(folder, ['--host', '0.0.0.0', '--token', `file:${join(folder, 'token')}`]);
    const url = served.url.replace('0.0.0.0', '127.0.0.1');
    const refused = await ask(url, '/');
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toMatch(/^Basic realm="Paddock"/);
    expect(refused.body).not.toContain('overview');
    const basic = (password: string): Readonly<Record<string, string>> => ({ authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}` });
    for (const headers of [basic(''), basic('wrong'), basic(`${token}x`), { authorization: 'Bearer ' }, { authorization: 'Bearer undefined' }, { authorization: token }]) expect((await ask(url, '/', headers)).status).toBe(401);
    expect((await ask(url, '/', basic(token))).status).toBe(200);
    expect((await ask(url, '/', { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await ask(url, `/?token=${token}`)).status).toBe(401);
    expect(served.output).not.toContain(token);
  });
});
