import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WebdriverAddress } from '../../src/domain/transport-address.ts';
import { startAppium } from '../../src/transport/appium-server.ts';
import { Chromedriver } from '../../src/transport/chromedriver.ts';
import { openLocalBrowser, openRemoteBrowser } from '../../src/transport/open-browser.ts';
import { TransportFault } from '../../src/transport/transport-fault.ts';
import { CHROMEDRIVER, CHROMIUM, chromium, lacksBrowser, leftOf, processesOf } from './browser.ts';
import { pidOf } from '../harness/processes.ts';

const never = new AbortController().signal;
const OTHER_CHROMEDRIVER = new URL('../fixtures/other-chromedriver.mjs', import.meta.url).pathname;
const installFolder = new URL('../..', import.meta.url).pathname;
const context = { device: 'browser my-chromium', installFolder, signal: never };

let folder: string;
const usualFolder = process.env['TMPDIR'];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pbt-'));
  process.env['TMPDIR'] = folder;
});
afterEach(() => {
  if (usualFolder === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usualFolder;
  rmSync(folder, { recursive: true, force: true });
});

const remote = (changed: Partial<WebdriverAddress>): WebdriverAddress => ({ kind: 'webdriver', name: 'grid', url: 'http://127.0.0.1:9/', capabilities: {}, startSeconds: 120, ...changed });
const headless = { binary: CHROMIUM, args: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'] };

async function faultOf(opening: Promise<{ close(): Promise<void> }>): Promise<TransportFault> {
  try {
    await (await opening).close();
  } catch (error) {
    if (error instanceof TransportFault) return error;
    throw error;
  }
  throw new Error('it opened');
}

describe('a browser that can not be had is told, with what to do', () => {
  test('no chromedriver', async () => {
    const fault = await faultOf(openLocalBrowser(chromium({ binary: process.execPath, driver: '/nowhere/chromedriver' }), context));
    expect([fault.kind, fault.message]).toEqual(['missing', expect.stringMatching(/no program \/nowhere\/chromedriver.*browser\.driver/)]);
  });

  test('no browser', async () => {
    const fault = await faultOf(openLocalBrowser(chromium({ binary: '/nowhere/chromium' }), context));
    expect([fault.kind, fault.message]).toEqual(['missing', expect.stringContaining('/nowhere/chromium')]);
  });

  test.skipIf(lacksBrowser)('a chromedriver of another version (a double): both versions and which one is needed', async () => {
    const fault = await faultOf(openLocalBrowser(chromium({ driver: OTHER_CHROMEDRIVER }), context));
    expect(fault.kind).toBe('session-refused');
    expect(fault.message).toMatch(/chromedriver 99\.0\.4844\.51 .*does not drive browser (\d+)\.[\d.]+ .*install the chromedriver of version \1/s);
    expect(await leftOf(folder)).toEqual([]);
  });

  test('a program that is no chromedriver', async () => {
    const fault = await faultOf(openLocalBrowser(chromium({ binary: process.execPath, driver: '/bin/true' }), context));
    expect([fault.kind, fault.message]).toEqual(['session-refused', expect.stringMatching(/\/bin\/true can't be used as chromedriver: it ended by itself with exit code 0/)]);
  });

  test.skipIf(lacksBrowser)('a browser that does not start: the driver\'s own words', async () => {
    const fault = await faultOf(openLocalBrowser(chromium({ binary: '/bin/false' }), context));
    expect([fault.kind, fault.message]).toEqual(['session-refused', expect.stringMatching(/session not created/)]);
    expect(await leftOf(folder)).toEqual([]);
  });

  test.skipIf(lacksBrowser)('a program that is no browser is asked about, and no other driver is asked for', async () => {
    const fault = await faultOf(openLocalBrowser(chromium({ binary: process.execPath }), context));
    expect([fault.kind, fault.message]).toEqual(['session-refused', expect.stringContaining(`the browser is ${process.execPath} `)]);
    expect(fault.message).not.toMatch(/install the chromedriver/);
    const none = await faultOf(openLocalBrowser(chromium({ binary: '/bin/false' }), context));
    expect(none.message).toMatch(/is it a Chromium or Chrome\?/);
  });

  test('no server at the address', async () => {
    const fault = await faultOf(openRemoteBrowser(remote({}), context));
    expect([fault.kind, fault.message]).toEqual(['unreachable', expect.stringContaining('no WebDriver server answers at http://127.0.0.1:9/')]);
  });

  test.skipIf(lacksBrowser)('a slip in the capabilities: the server names it', async () => {
    await using driver = await Chromedriver.start(CHROMEDRIVER, 'chromedriver', never);
    const url = `http://127.0.0.1:${driver.port}/`;
    const option = await faultOf(openRemoteBrowser(remote({ url, capabilities: { browserName: 'chrome', 'goog:chromeOptions': { binry: CHROMIUM } } }), context));
    expect([option.kind, option.message]).toEqual(['session-refused', expect.stringMatching(/binry/)]);
    const name = await faultOf(openRemoteBrowser(remote({ url, capabilities: { browserName: 'chrom', 'goog:chromeOptions': headless } }), context));
    expect([name.kind, name.message]).toEqual(['session-refused', expect.stringMatching(/session not created|no matching capabilities/i)]);
  });

  test('a driver that is to download is not let through, to a server elsewhere neither; and one that would by itself is told not to', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => { body += text; });
      request.on('end', () => { bodies.push(body); response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ value: { error: 'session not created', message: 'no', stacktrace: '' } })); });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const capabilities = { browserName: 'chrome', platformName: 'linux', 'appium:automationName': 'Chromium' };
    const capabilityPlaces = { browserName: 'paddock.yaml:3:7', 'appium:autodownloadEnabled': 'paddock.yaml:4:7' };
    for (const where of [{ url }, { url: undefined }]) {
      const fault = await faultOf(openRemoteBrowser(remote({ ...where, capabilities: { ...capabilities, 'appium:autodownloadEnabled': true }, capabilityPlaces }), context));
      expect([fault.kind, fault.reason]).toEqual(['session-refused', expect.stringMatching(/^paddock\.yaml:4:7 .*"appium:autodownloadEnabled": Paddock lets no driver download anything/)]);
    }
    expect(bodies).toEqual([]);
    const refused = await faultOf(openRemoteBrowser(remote({ url, capabilities, capabilityPlaces }), context));
    expect(refused.reason).toMatch(/made no session: .*no.*; its capabilities are at paddock\.yaml:3:7$/);
    expect(bodies[0]).toContain('"appium:autodownloadEnabled":false');
    server.closeAllConnections();
    server.close();
  });

  test.skipIf(lacksBrowser)('an Appium server that Paddock did not start has no chromedriver for the browser: the slip that kept it from one is told, and no advice to download one', async () => {
    await using server = await startAppium({ signal: never, installFolder, automationNames: ['Chromium'] });
    const capabilities = { browserName: 'chrome', platformName: 'linux', 'appium:automationName': 'Chromium', 'appium:executible': CHROMEDRIVER, 'appium:executableDir': folder, 'goog:chromeOptions': headless };
    const fault = await faultOf(openRemoteBrowser(remote({ url: server.url, startSeconds: 100, capabilities, capabilityPlaces: { 'appium:executible': 'paddock.yaml:3:7' } }), context));
    expect(fault.kind).toBe('session-refused');
    // The driver's own words where downloads are off.
    expect(fault.reason).toMatch(/No Chromedriver found that can automate/);
    expect(fault.reason).not.toMatch(/enable automated chromedrivers download/);
    expect(fault.reason).toMatch(/name one .*"appium:executable".*; paddock\.yaml:3:7 .*"appium:executible": did you mean `appium:executable`\?/);
  });

  test.skipIf(lacksBrowser)('a window where there is no display', async () => {
    vi.stubEnv('DISPLAY', '');
    vi.stubEnv('WAYLAND_DISPLAY', '');
    try {
      const fault = await faultOf(openLocalBrowser(chromium({ headless: false }), context));
      expect([fault.kind, fault.reason]).toEqual(['session-refused', expect.stringMatching(/there is no display .*leave `headless: false` out/)]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('a server that never answers', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const fault = await faultOf(openRemoteBrowser(remote({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, startSeconds: 1 }), context));
    expect(fault.kind).toBe('timeout');
    server.closeAllConnections();
    server.close();
  });

  test('a server that is no WebDriver server', async () => {
    const server = createServer((_, response) => { response.end('<html>hello</html>'); }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const fault = await faultOf(openRemoteBrowser(remote({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }), context));
    expect(fault.kind).toBe('session-refused');
    server.closeAllConnections();
    server.close();
  });

  test('no Appium driver for the automation', async () => {
    const { url: _, ...address } = remote({ capabilities: { 'appium:automationName': 'Windows' } });
    const fault = await faultOf(openRemoteBrowser(address, context));
    expect([fault.kind, fault.message]).toEqual(['missing', expect.stringContaining('Windows')]);
    const { url: _url, ...unnamed } = remote({});
    expect((await faultOf(openRemoteBrowser(unnamed, context))).message).toContain('appium:automationName');
  });
});

test('a secret is sent and never told', async () => {
  const secret = 'xK9-very/secret';
  process.env['PADDOCK_TEST_KEY'] = secret;
  let sent = '';
  let padding = '';
  const server = createServer((request, response) => {
    sent += `${request.headers.authorization ?? ''} `;
    request.setEncoding('utf8').on('data', (text: string) => { sent += text; });
    request.on('end', () => { response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ value: { error: 'session not created', message: `${padding}key ${secret} is not known`, stacktrace: '' } })); });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/wd/hub`;
  const fault = await faultOf(openRemoteBrowser(remote({ url, user: 'env:PADDOCK_TEST_KEY', key: 'env:PADDOCK_TEST_KEY', capabilities: { browserName: 'chrome', 'grid:options': { token: 'env:PADDOCK_TEST_KEY' } } }), context));
  expect(fault.message).toContain('key [hidden] is not known');
  expect(fault.message).not.toContain(secret);
  expect(sent).toContain(JSON.stringify(secret));
  expect(sent).toContain(`Basic ${Buffer.from(`${secret}:${secret}`).toString('base64')}`);
  // The cut of long words goes through it.
  padding = 'x'.repeat(985);
  const cut = await faultOf(openRemoteBrowser(remote({ url, key: 'env:PADDOCK_TEST_KEY', user: 'env:PADDOCK_TEST_KEY' }), context));
  expect(cut.message).toContain('xxx');
  expect(cut.message).not.toContain(secret.slice(0, 3));
  const unset = await faultOf(openRemoteBrowser(remote({ url, key: 'env:PADDOCK_TEST_NO_SUCH' }), context));
  expect([unset.kind, unset.message]).toEqual(['missing', expect.stringContaining('PADDOCK_TEST_NO_SUCH')]);
  delete process.env['PADDOCK_TEST_KEY'];
  server.closeAllConnections();
  server.close();
});

test.skipIf(lacksBrowser)('a proxy in the environment is not asked for a browser of this machine, at whatever address of its loopback, and is named where it is', async () => {
  const server = createServer((_, response) => { response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ value: { error: 'session not created', message: 'asked without a proxy', stacktrace: '' } })); }).listen(0, '127.0.0.3');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program = `
    import { openLocalBrowser, openRemoteBrowser } from ${JSON.stringify(new URL('../../src/transport/open-browser.ts', import.meta.url).pathname)};
    import { keepLoopbackOffProxies } from ${JSON.stringify(new URL('../../src/transport/loopback-proxy.ts', import.meta.url).pathname)};
    keepLoopbackOffProxies(['http://127.0.0.3:9/']);
    const context = { device: 'b', installFolder: '/', signal: new AbortController().signal };
    const browser = await openLocalBrowser(${JSON.stringify(chromium())}, context);
    process.stdout.write(browser.session.facts.browserName + '|');
    await browser.close();
    await openRemoteBrowser(${JSON.stringify(remote({ url: 'http://grid.invalid:4444/' }))}, context).catch((error) => { process.stdout.write(error.message + '|'); });
    await openRemoteBrowser(${JSON.stringify(remote({ url: `http://127.0.0.3:${port}/` }))}, context).catch((error) => { process.stdout.write(error.message); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, HTTP_PROXY: 'http://me:word@127.0.0.1:9', NO_PROXY: '' } });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { told += text; });
  await once(child, 'close');
  server.closeAllConnections();
  server.close();
  expect(told).toMatch(/^chrome\|.*through the proxy 127\.0\.0\.1:9, which HTTP_PROXY names.*\|.*asked without a proxy/s);
  expect(told).not.toContain('word@');
});

describe.skipIf(lacksBrowser)('a browser that Paddock started leaves nothing', () => {
  test('when it is closed', async () => {
    const browser = await openLocalBrowser(chromium(), context);
    expect(browser.session.facts).toMatchObject({ browserName: 'chrome', browserVersion: expect.stringMatching(/^\d+\./), platform: 'linux' });
    await browser.session.open('about:blank', 120_000);
    expect(await browser.session.look()).toEqual({ kind: 'there', url: 'about:blank' });
    expect(processesOf(folder).length).toBeGreaterThan(2);
    await browser.close();
    expect(await leftOf(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    expect(await browser.session.look()).toMatchObject({ kind: 'lost' });
  });

  test('when it is killed under us, and that is told', async () => {
    const browser = await openLocalBrowser(chromium(), context);
    process.kill(pidOf(browser.processId), 'SIGKILL');
    expect(await browser.session.look()).toMatchObject({ kind: 'lost', fault: { kind: 'lost', message: expect.stringContaining('the browser ended') } });
    await browser.close();
    expect(await leftOf(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('when the start is aborted', async () => {
    const abort = new AbortController();
    const opening = openLocalBrowser(chromium(), { ...context, signal: abort.signal });
    setTimeout(() => { abort.abort(new Error('enough')); }, 300);
    await expect(opening).rejects.toThrow('enough');
    expect(await leftOf(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('when Paddock itself is killed', async () => {
    const program = `
      import { openLocalBrowser } from ${JSON.stringify(new URL('../../src/transport/open-browser.ts', import.meta.url).pathname)};
      await openLocalBrowser(${JSON.stringify(chromium())}, { device: 'b', installFolder: '/', signal: new AbortController().signal });
      process.stdout.write('open');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(processesOf(folder).length).toBeGreaterThan(3);
    child.kill('SIGKILL');
    expect(await leftOf(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a session at a server that ends idle ones is kept alive while nothing is asked of it, and no longer than it lives (a double of the server)', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const value = request.url === '/session' ? { sessionId: 's1', capabilities: { browserName: 'firefox', browserVersion: '140', platformName: 'linux' } } : request.url?.endsWith('/timeouts') === true ? { script: 1, pageLoad: 1, implicit: 0 } : null;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value }));
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const alive = (): number => asked.filter((each) => each === 'GET /session/s1/timeouts').length;
    const browser = await openRemoteBrowser(remote({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }), context);
    expect(alive()).toBe(0);
    vi.advanceTimersByTime(60_000);
    // Each twenty seconds; all three have come before the browser is closed.
    await expect.poll(alive).toBe(3);
    await browser.close();
    vi.advanceTimersByTime(600_000);
    await browser.session.look();
    expect(alive()).toBe(3);
  } finally {
    vi.useRealTimers();
    server.closeAllConnections();
    server.close();
  }
});
